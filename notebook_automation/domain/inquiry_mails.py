"""E-mails about inquiries: one a person, inquiry and reason; when one is tried again, and what it says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .ids import IdPrefix

MAIL_ID = IdPrefix("mai")
MailStatus = Literal["waiting", "sending", "sent", "failed", "uncertain", "dropped"]
"""``uncertain`` was handed over without an answer, and is not sent again; ``dropped`` was in time for nothing."""
MOST_TRIES = 12
_QUOTED = frozenset('()<>[]:;@,\\"')
_FIRST_PAUSE = 30.0
_LONGEST_PAUSE = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryMail:
    """A message to ``person`` about an inquiry. ``next_at`` is when it is tried next, in epoch seconds.

    While it is ``sending``, ``next_at`` is until when the server may answer.
    """

    id: str
    inquiry_id: str
    person: str
    reason: str
    created_at: float
    status: MailStatus = "waiting"
    tries: int = 0
    next_at: float | None = None
    error: str | None = None
    ended_at: float | None = None


def pause_after(tries: int) -> float | None:
    """Return the seconds after which it is tried again, having failed ``tries`` times; None: no more."""
    return None if tries >= MOST_TRIES else min(_FIRST_PAUSE * 2.0 ** (tries - 1), _LONGEST_PAUSE)


def one_line(text: str, limit: int = 120) -> str:
    """Return ``text`` as it may stand in a header: one line, nothing that is not seen, at most ``limit`` characters."""
    shown = " ".join("".join(one if one.isprintable() else " " for one in text).split())
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def sender_name(text: str) -> str:
    """Return ``text`` as the name beside an address: without what needs quotes, which are lost where a line is folded.

    A part of it could be read as another address then.
    """
    return one_line("".join(" " if one in _QUOTED else one for one in text))

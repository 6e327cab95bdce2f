"""Signed links: what one is bound to, and whether it still opens the question that it was made for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .errors import NotFound
from .ids import IdPrefix
from .inquiries import Inquiry, InquiryDelegation

LINK_ID = IdPrefix("lnk")
THANKS = 3600.0
"""Seconds for which a link that was used tells its holder what was answered."""
TOKEN = re.compile(r"(?P<nonce>[A-Za-z0-9_-]{32})(?P<mac>[A-Za-z0-9_-]{32})")
"""The secret part of a link: 192 random bits, then the code (192 bits) that binds them to the rest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InquiryLink:
    """One link: by it ``person``, and nobody else, answers one stage of an inquiry, once, until ``expires_at``.

    ``digest`` is the SHA-256 of its random part, which is stored nowhere. ``made_by`` is who asked for it, or
    ``e-mail``. Times are epoch seconds.
    """

    id: str
    inquiry_id: str
    stage: int
    person: str
    digest: str
    made_by: str
    created_at: float
    expires_at: float
    used_at: float | None = None

    @property
    def binding(self) -> str:
        """What its code holds fast: a row that was changed opens nothing any more."""
        return f"{self.id}\n{self.inquiry_id}\n{self.stage}\n{self.expires_at!r}\n{self.person}"


State = Literal["open", "answered", "ended", "dead"]
"""``answered`` by its holder just now; ``ended`` with its inquiry; ``dead`` for any other reason."""


def state_of(link: InquiryLink, inquiry: Inquiry, delegations: Sequence[InquiryDelegation], now: float) -> State:
    """Return whether ``link`` may be used at ``now``: it ends with its stage, and when its turn is given on."""
    if link.inquiry_id != inquiry.id:
        return "dead"
    if link.used_at is not None:
        return "answered" if now < link.used_at + THANKS else "dead"
    if now >= link.expires_at or _given_on(link, delegations):
        return "dead"
    return "open" if inquiry.status == "pending" and inquiry.stage == link.stage else "ended"


def expiry_of(inquiry: Inquiry, days: float, now: float) -> float:
    """Return when a link that is made at ``now`` ends: after ``days``, or with its inquiry."""
    end = now + days * 86400.0
    return end if inquiry.timeout_at is None else min(end, inquiry.timeout_at)


def no_link() -> NotFound:
    """Return what is raised for every link that does not open anything, whatever the reason."""
    return NotFound(
        "This link opens nothing. It may have been used, it may have expired, or the question may have been answered "
        "already. Look in Jupyter, under Inquiries, or ask for a new link.",
        code="link_not_found",
    )


def _given_on(link: InquiryLink, delegations: Sequence[InquiryDelegation]) -> bool:
    own = [one for one in delegations if one.giver == link.person and one.stage == link.stage]
    return any(not one.is_question and one.created_at >= link.created_at for one in own)

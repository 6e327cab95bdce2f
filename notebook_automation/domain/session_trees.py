"""Sessions that start others: how many may, how deep, and what becomes of them when the one that started them ends."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from .errors import Conflict
from .sessions import TERMINAL, Session, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeLimits:
    """How many ``levels`` a tree of sessions has at most, and how many (``most``) of it may be under way at once."""

    levels: int = 10
    most: int = 1000

    def check_child(self, parent: Session, *, level: int, unended: int) -> None:
        """Raise Conflict unless ``parent`` may start one more session, which is on ``level`` (the topmost's is 1).

        Of those below the topmost one ``unended`` have not ended. The codes are ``session_state``, ``tree_too_deep``,
        ``tree_full``.
        """
        if parent.status in TERMINAL:
            raise Conflict(
                f"Session {parent.id} has ended ({parent.status}): it starts no others.", code="session_state"
            )
        if parent.stop_reason is not None:
            raise Conflict(
                f"Session {parent.id} is being cancelled together with all that it started: it starts no others.",
                code="session_state",
            )
        if level > self.levels:
            raise Conflict(
                f"Sessions start each other down to {self.levels} levels (tree_depth), and {parent.id} is on the last: "
                "start this one from a session higher up. Does a notebook start itself?",
                code="tree_too_deep",
            )
        if unended >= self.most:
            raise Conflict(
                f"{unended} sessions of this tree have not ended, as many as there may be (tree_max): wait for some of "
                "them with .wait(), then start others.",
                code="tree_full",
            )


def below(session_id: str, parents: Mapping[str, str | None], among: Collection[str]) -> set[str]:
    """Return which of ``among`` have ``session_id`` above them; ``parents`` has whatever is above them, by id."""
    return {one for one in among if session_id in _above(one, parents)}


def _above(session_id: str, parents: Mapping[str, str | None]) -> set[str]:
    found: set[str] = set()
    above = parents.get(session_id)
    while above is not None and above not in found:
        found.add(above)
        above = parents.get(above)
    return found


def reason_of_parent_end(parent_id: str, status: Status) -> str:
    """Return why a session is cancelled whose parent has ended with ``status``."""
    return f"Cancelled: {parent_id}, which started it, has ended ({status})."

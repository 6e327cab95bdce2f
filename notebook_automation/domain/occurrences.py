"""An event with all that the rules made of it, before it is stored."""

from __future__ import annotations

from dataclasses import dataclass

from .collecting import Held
from .events import Event
from .rules import Enforcement
from .sessions import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """An event with all that its rules made of it: stored whole, or not at all.

    What was emitted once is recorded for each trigger that listens; ``is_first`` of them is the one that counts for who
    listens to the event by its name. ``requester`` is the person behind it, if one is known. ``held`` are those of the
    sessions that are to collect events: they start later, or others take the event in.
    """

    event: Event
    enforcements: tuple[Enforcement, ...] = ()
    sessions: tuple[Session, ...] = ()
    is_first: bool = True
    requester: str | None = None
    held: tuple[Held, ...] = ()

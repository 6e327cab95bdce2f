"""Who stands behind a session: the person on whose request it runs, as far as that is known, and how it came."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CameBy = Literal["person", "webhook", "schedule", "unknown"]
"""How what runs was set off at first, however many sessions and events lie between."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """``person`` is who may not answer what the session asks; None where nobody is known."""

    person: str | None = None
    came_by: CameBy = "unknown"


NOBODY = Requester()
BY_WEBHOOK = Requester(came_by="webhook")
"""Whoever knows the address of a webhook may send to it: who it was is not known."""


def by_schedule(changed_by: str | None) -> Requester:
    """Return who stands behind a tick: whoever last changed the trigger wanted it to run then, and that."""
    return Requester(person=changed_by, came_by="schedule")


def note(requester: Requester) -> str:
    """Return what those who answer have to know of who is behind it; empty where a person started it."""
    person, came_by = requester.person, requester.came_by
    if came_by == "person":
        return ""
    if came_by == "schedule" and person is not None:
        return f"Nobody started it by hand: it came by a schedule, which {person} last changed."
    way = "" if came_by == "unknown" else f": it came by a {came_by}"
    since = "" if person is None else f" {person} has sent it a signal or an event since."
    return f"Who started it is not known{way}.{since}"


def why_barred(requester: Requester) -> str:
    """Return the sentence that tells the requester why they do not answer."""
    what = {"person": "started this session", "schedule": "last changed the schedule that started this session"}
    did = what.get(requester.came_by, "has sent this session a signal or an event")
    return f"{requester.person} {did}, and who asks does not answer: somebody else has to."

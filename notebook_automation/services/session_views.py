"""What the service of sessions returns: a session with what people want to see beside it, and numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from notebook_automation.domain.policies import Place
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.waits import Wait
from notebook_automation.store import artifacts, places, waits


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A session and how many artifacts it made; ``repeated`` where it was asked for before.

    ``file_saved_again`` says whether the file that it ran was saved since, ``unended_children`` how many have not ended
    of all that it and these started; None where nobody asked, or knows. ``wait`` is what it blocks on, ``places`` where
    it is under the policies that limit it.
    """

    session: Session
    artifact_count: int = 0
    repeated: bool = False
    file_saved_again: bool | None = None
    unended_children: int | None = None
    wait: Wait | None = None
    places: Sequence[Place] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many sessions run, wait for a place, and have failed since a time."""

    running: int
    queued: int
    failed: int


def view_of(tx: Connection, session: Session) -> SessionView:
    """Return a session as it is shown alone: with all its places."""
    made = artifacts.counts(tx, [session.id]).get(session.id, 0)
    return SessionView(
        session=session, artifact_count=made, wait=_waits(tx, [session]).get(session.id),
        places=places.of_sessions(tx, [session.id]).get(session.id, ()),
    )  # fmt: skip


def views_of(tx: Connection, found: Sequence[Session]) -> list[SessionView]:
    """Return sessions as lists show them."""
    made = artifacts.counts(tx, [session.id for session in found]) if found else {}
    waiting, queueing = _waits(tx, found), _places(tx, found)
    return [
        SessionView(
            session=one, artifact_count=made.get(one.id, 0), wait=waiting.get(one.id), places=queueing.get(one.id, ()),
        )
        for one in found
    ]  # fmt: skip


def _waits(tx: Connection, found: Sequence[Session]) -> dict[str, Wait]:
    """Return what those of these sessions block on that may, by session."""
    may = [session.id for session in found if session.status in ("running", "waiting")]
    return waits.open_of_many(tx, may) if may else {}


def _places(tx: Connection, found: Sequence[Session]) -> dict[str, list[Place]]:
    """Return the places of those of these sessions that wait for their turn, by session."""
    may = [session.id for session in found if session.status == "scheduling" and session.wake_at is None]
    return places.of_sessions(tx, may) if may else {}

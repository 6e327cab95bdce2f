"""Claims: sessions taken by a supervisor, and those that no runner has begun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notebook_automation.store import sessions

if TYPE_CHECKING:
    from .conftest import AttemptServices


async def test_a_released_session_is_queued_again_and_claimed_by_the_next(services: AttemptServices) -> None:
    session = await services.queued()
    assert await services.claims.waiting()
    await services.claims.claim("one", 1)
    assert not await services.claims.waiting()
    assert not await services.claims.release(session.id, "another")
    assert await services.claims.release(session.id, "one")
    assert [one.id for one in await services.claims.claim("two", 1)] == [session.id]


async def test_a_released_session_that_was_to_stop_is_cancelled(services: AttemptServices) -> None:
    session = await services.queued()
    await services.claims.claim("one", 1)
    await services.database.write(
        lambda tx: sessions.change_status(tx, session.id, "scheduled", "canceling", "Cancelled by ana.")
    )
    assert not await services.claims.release(session.id, "one")
    ended = await services.session(session.id)
    assert (ended.status, ended.reason) == ("cancelled", "Cancelled by ana.")
    assert await services.log(session.id) == [("completion", "cancelled")]
    assert await services.counters() == (0, 0)


async def test_a_session_that_cannot_be_started_fails_once(services: AttemptServices) -> None:
    await services.queued()
    (claimed,) = await services.claims.claim("one", 1)
    reason = "No runner could be started."
    assert await services.claims.fail_to_start(claimed, "another", reason) is None
    failed = await services.claims.fail_to_start(claimed, "one", reason)
    assert failed is not None
    assert (failed.status, failed.reason) == ("failed", reason)
    assert await services.claims.fail_to_start(claimed, "one", reason) is None
    assert await services.log(claimed.id) == [("error", reason), ("completion", "failed")]
    assert await services.counters() == (0, 1)

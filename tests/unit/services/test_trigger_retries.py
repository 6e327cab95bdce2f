"""What failed is tried again by its trigger: a new session, held back until its time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eventually import eventually

from notebook_automation.domain.retries import RetryPolicy
from notebook_automation.domain.sessions import Session
from notebook_automation.services.attempts import Progress
from notebook_automation.services.endings import Ending
from notebook_automation.store import parking, session_pages, triggers

if TYPE_CHECKING:
    from .conftest import AttemptServices

TWICE = RetryPolicy(max_attempts=2, base_delay=600.0, jitter=0.0)


async def _retrying(services: AttemptServices, policy: RetryPolicy | None = TWICE, **fields: Any) -> None:
    changed = replace(services.trigger, call="report.ipynb", retry=policy, **fields)
    await services.database.write(lambda tx: triggers.change(tx, changed))


async def _ended(services: AttemptServices, status: Any, session_id: str | None = None, **fields: Any) -> Session:
    """End a new session, or the one that is queued."""
    if session_id is None:
        session_id = (await services.queued(**fields)).id
    await services.claims.claim("one", 1)
    acquired = await services.attempts.acquire(session_id, "one", 1)
    assert acquired is not None
    assert await services.attempts.end(acquired, Ending(status=status, reason="It broke."), Progress()) is not None
    return await services.session(session_id)


async def _following(services: AttemptServices, session: Session) -> Session | None:
    """Return the next try of ``session``; fails where there is another session than the two."""
    made, _ = await services.database.read(lambda tx: session_pages.listed(tx, limit=9, cursor=None))
    found = [one for one in made if one.retry_of == session.id]
    assert [one.id for one in found] == [one for one in [session.retried_by] if one is not None]
    return found[0] if found else None


async def test_what_failed_is_tried_again_when_its_time_has_come_and_then_no_more(services: AttemptServices) -> None:
    await _retrying(services)
    config = {"trigger": {"name": "nightly", "retry": None}}
    first = await _ended(services, "failed", parameters={"n": 1}, keep="3 days", config=config, requester="bea")
    waiting = await _following(services, first)
    assert waiting is not None
    assert (waiting.status, waiting.tries, waiting.max_tries) == ("scheduling", 1, 2)
    assert (waiting.parameters, waiting.keep, waiting.trigger_id) == ({"n": 1}, "3 days", first.trigger_id)
    assert (waiting.requester, waiting.came_by) == ("bea", "unknown")
    assert waiting.wake_at == (first.finished_at or 0.0) + 600
    assert waiting.reason == "The try before it ended as failed (It broke.)."
    [*_, said] = await services.log(first.id)
    assert said[1].startswith("It is tried again at 2")
    assert said[1].endswith(f"(try 2 of 2), as {waiting.id}.")

    now = waiting.wake_at
    assert await services.database.read(lambda tx: parking.due(tx, now - 1, 9)) == []
    assert await services.database.read(lambda tx: parking.due(tx, now, 9)) == [waiting.id]
    await services.database.write(lambda tx: parking.wake(tx, [waiting.id]))
    last = await _ended(services, "timeout", waiting.id)
    assert (last.attempt, last.wake_at, last.reason) == (1, None, "It broke.")
    assert await _following(services, last) is None
    assert await services.counters() == (0, 2)


async def test_what_completed_or_was_cancelled_or_lost_is_not_tried_again(services: AttemptServices) -> None:
    await _retrying(services)
    for status in ("completed", "cancelled"):
        assert await _following(services, await _ended(services, status)) is None
    assert await _following(services, await _ended(services, "failed", forked_from="ses_1")) is None
    lost = await _lost(services)
    assert lost.status == "abandoned"
    assert await _following(services, lost) is None


async def test_what_was_lost_is_tried_again_where_that_is_safe(services: AttemptServices) -> None:
    await _retrying(services, replace(TWICE, if_lost=True))
    lost = await _lost(services)
    waiting = await _following(services, lost)
    assert waiting is not None
    assert waiting.reason == "The try before it ended as abandoned (It is gone.)."


async def test_a_trigger_that_was_switched_off_changed_or_deleted_is_asked_as_it_is_now(
    services: AttemptServices,
) -> None:
    await _retrying(services, enabled=False)
    assert await _following(services, await _ended(services, "failed")) is None
    await _retrying(services, None)
    assert await _following(services, await _ended(services, "failed")) is None
    await _retrying(services, replace(TWICE, max_attempts=5))
    changed = replace(services.trigger, call="renamed.ipynb", retry=TWICE)
    await services.database.write(lambda tx: triggers.change(tx, changed))
    waiting = await _following(services, await _ended(services, "failed"))
    assert waiting is not None
    # Its file was renamed meanwhile, and the files of now are those that run.
    assert (waiting.call, waiting.snapshot_id, waiting.max_tries) == ("renamed.ipynb", None, None)
    session = await services.acquired()
    await services.database.write(lambda tx: triggers.remove(tx, services.trigger.id))
    await services.attempts.end(session, Ending(status="failed"), Progress())
    assert await _following(services, await services.session(session.session.id)) is None


async def test_a_try_that_could_not_begin_counts_too(services: AttemptServices) -> None:
    await _retrying(services)
    session = await services.queued()
    await services.claims.claim("one", 1)
    assert await services.claims.fail_to_start(session, "one", "There is no kernel.") is not None
    assert await _following(services, await services.session(session.id)) is not None


async def _lost(services: AttemptServices) -> Session:
    acquired = await services.acquired()
    (lost,) = await eventually(services.lost.find)
    assert await services.lost.abandon(lost, "It is gone.") is not None
    return await services.session(acquired.session.id)

"""Endings: what is kept of an attempt, and what becomes of the lost."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from eventually import eventually
from sqlalchemy import update

from notebook_automation.adapters.process_names import own_name
from notebook_automation.domain.sessions import Session
from notebook_automation.services.attempts import Progress
from notebook_automation.services.endings import Ending, LostSessions
from notebook_automation.store import artifacts
from notebook_automation.store.tables.sessions import sessions as table

if TYPE_CHECKING:
    from .conftest import AttemptServices, MakeAttemptServices

NO_PID = 4194304
"""Greater than any that Linux gives."""


async def test_artifacts_over_the_session_s_limit_are_left_out_and_told(
    make_services: MakeAttemptServices,
) -> None:
    services = await make_services(artifact_session_max=10)
    acquired = await services.acquired()
    files = [services.file("a", b"12345678"), services.file("b", b"12345"), services.file("c", b"12")]
    await services.attempts.end(acquired, Ending(status="completed", files=files), Progress())
    found, _ = await services.database.read(
        lambda tx: artifacts.listed(tx, limit=9, cursor=None, session_id=acquired.session.id)
    )
    assert sorted(artifact.name for artifact in found) == ["a", "c"]
    log = await services.log(acquired.session.id)
    assert any(kind == "stderr" and text.startswith("b was not kept") for kind, text in log)


async def test_versions_are_kept_as_many_as_the_trigger_says(services: AttemptServices) -> None:
    for number in range(3):
        acquired = await services.acquired(keep="2 versions")
        await services.attempts.end(
            acquired, Ending(status="completed", files=[services.file("a", b"%d" % number)]), Progress()
        )
    found = await services.database.read(lambda tx: artifacts.versions(tx, "sales/nightly/a"))
    assert [(artifact.version, artifact.expires_at) for artifact in found] == [(3, None), (2, None)]


async def test_a_lost_session_is_abandoned_once_and_its_attempt_refused(services: AttemptServices) -> None:
    acquired = await services.acquired()
    assert await services.lost.find() == []
    (lost,) = await eventually(services.lost.find)
    ended = await services.lost.abandon(lost, "It is gone.", [services.file("report.ipynb")])
    assert ended is not None
    assert (ended.status, ended.reason) == ("abandoned", "It is gone.")
    assert await services.lost.abandon(lost, "It is gone.") is None
    assert services.attempts.renew(acquired) is None
    assert await services.attempts.end(acquired, Ending(status="completed"), Progress()) is None
    assert await services.counters() == (0, 1)


async def test_a_lost_session_that_renewed_meanwhile_goes_on(services: AttemptServices) -> None:
    acquired = await services.acquired()
    (lost,) = await eventually(services.lost.find)
    assert services.attempts.renew(acquired) == "running"
    assert await services.lost.abandon(lost, "It is gone.") is None
    assert (await services.session(acquired.session.id)).status == "running"


async def test_a_claimed_session_that_never_began_is_queued_again(services: AttemptServices) -> None:
    session = await services.queued()
    await services.claims.claim("one", 1)
    (lost,) = await eventually(services.lost.find)
    again = await services.lost.abandon(lost, "It is gone.")
    assert again is not None
    assert (again.status, again.owner) == ("requested", None)
    assert await services.attempts.acquire(session.id, "one", 1) is None


async def test_a_clock_that_is_set_and_a_database_that_is_away_end_no_living_session(services: AttemptServices) -> None:
    steady = [0.0]
    lost = LostSessions(services.database, services.settings, clock=lambda: steady[0])
    acquired = await services.acquired()

    async def looks(*, renewed: bool, day: float | None = None, pause: float | None = None) -> list[Session]:
        if renewed:
            assert services.attempts.renew(acquired) == "running"
        if day is not None:
            change = update(table).values(lease_until=day)
            services.database.write_now(lambda tx: tx.execute(change))
        steady[0] += services.settings.lease * 0.4 if pause is None else pause
        return await lost.find()

    for day in (1.0, 5e9, None, 2.0, None):
        assert await looks(renewed=True, day=day) == []
    assert await looks(renewed=False, pause=3600.0) == []
    assert await looks(renewed=False) == []
    for _ in range(5):
        assert await looks(renewed=True) == []
    for _ in range(2):
        assert await looks(renewed=False) == []
    assert [session.id for session in await looks(renewed=False)] == [acquired.session.id]


async def test_a_lost_session_is_taken_from_its_attempt_before_it_is_ended(services: AttemptServices) -> None:
    acquired = await services.acquired()
    (lost,) = await eventually(services.lost.find)
    taken = await services.lost.take(lost)
    assert taken is not None
    # Its kernel is killed now: what its runner makes of that is no end.
    assert await services.attempts.end(acquired, Ending(status="failed", reason="out of memory"), Progress()) is None
    assert services.attempts.renew(acquired) is None
    ended = await services.lost.abandon(taken, "It is gone.")
    assert ended is not None
    assert ended.status == "abandoned"


async def test_what_a_supervisor_claimed_that_has_ended_is_queued_again_at_once(
    make_services: MakeAttemptServices,
) -> None:
    services = await make_services()
    name = own_name().replace(f":{os.getpid()}:", f":{NO_PID}:")
    session = await services.queued()
    await services.claims.claim(f"{name}:1", 1)
    lost = LostSessions(services.database, services.settings, clock=lambda: 0.0)
    assert [found.id for found in await lost.find()] == [session.id]

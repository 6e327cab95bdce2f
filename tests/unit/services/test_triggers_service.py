"""Triggers: registered, changed, refused, and what is said about them."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import Any

import pytest

from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import Conflict, Forbidden, Invalid, NotFound
from notebook_automation.domain.requesters import NOBODY
from notebook_automation.domain.sessions import Origin, Session, requested_session
from notebook_automation.store import projects, sessions

CODE = Caller(kind="session", login="x", session_id="ses_1", project_id="prj_none")


async def test_registering_again_changes_the_trigger_and_keeps_its_url_and_history(server: Any, ana: Caller):
    first = await server.trigger(filter="data.json.n == 1", report="html")
    again = await server.trigger(call="report.ipynb:pay")
    assert (again.id, again.slug, again.created_at) == (first.id, first.slug, first.created_at)
    assert (again.filter, again.report, again.call) == (None, None, "report.ipynb:pay")
    with pytest.raises(Conflict) as refused:
        await server.triggers.save(
            ana, await server.project(), {"name": "orders", "type": "manual"}, replace_existing=False
        )
    assert refused.value.code == "trigger_exists"


async def test_another_notebook_does_not_take_a_triggers_name_unless_it_says_so(server: Any, ana: Caller):
    first = await server.trigger("nightly", type="manual", call="report.ipynb:pay")
    server.notebook("sales/other.ipynb")
    project = await server.project()

    async def register(call: str, *, over_other: bool = False) -> Any:
        fields = {"name": "nightly", "type": "manual", "call": call}
        view, _ = await server.triggers.save(ana, project, fields, replace_existing=True, replace_other_file=over_other)
        return view.trigger

    with pytest.raises(Conflict) as refused:
        await register("other.ipynb")
    assert (refused.value.code, refused.value.details["call"]) == ("trigger_exists", "report.ipynb:pay")
    assert (await register("report.ipynb")).id == first.id
    assert (await register("other.ipynb", over_other=True)).call == "other.ipynb"
    # Renamed elsewhere: the file that it ran is gone, so nobody loses anything.
    (server.root / "sales" / "other.ipynb").unlink()
    assert (await register("report.ipynb")).call == "report.ipynb"


async def test_registering_a_schedule_again_does_not_start_it_anew(server: Any, ana: Caller):
    fields = {"type": "schedule", "schedule": {"every": "1h"}}
    first = await server.trigger("hourly", **fields)
    assert (await server.trigger("hourly", **fields, report="html")).last_tick == first.last_tick
    changed = await server.trigger("hourly", type="schedule", schedule={"every": "2h"})
    assert changed.last_tick > first.last_tick


async def test_the_same_registration_at_once_makes_one_trigger(server: Any, ana: Caller):
    project = await server.project()
    fields = {"name": "orders", "type": "webhook", "call": "report.ipynb"}
    saved = await asyncio.gather(
        *(server.triggers.save(ana, project, fields, replace_existing=True) for _ in range(10))
    )
    assert len({view.trigger.id for view, _ in saved}) == 1
    assert len({view.trigger.slug for view, _ in saved}) == 1


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"filter": "data.json.n >"}, "filter_invalid"),
        ({"filter": "unknown_variable == 1"}, "filter_invalid"),
        ({"mapping": {"n": "data.json["}}, "filter_invalid"),
        ({"filter": "x" * 5000}, "filter_invalid"),
        ({"name": "a/b"}, "name_invalid"),
        ({"colour": 1}, "trigger_invalid"),
    ],
)
async def test_what_cannot_work_is_not_registered(server: Any, ana: Caller, fields: dict[str, Any], code: str):
    with pytest.raises(Invalid) as refused:
        await server.trigger(**{"name": "orders", **fields})
    assert refused.value.code == code
    assert (await server.trigger_views.listed(ana, limit=5, cursor=None))[0] == []


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"call": "gone.ipynb"}, "call_not_found"),
        ({"call": "report.ipynb:pay"}, "handler_not_saved"),
        ({"parameters": {"regoin": 1}}, "parameter_unknown"),
        ({"mapping": {"regoin": "data.x"}}, "parameter_unknown"),
        ({"parameters": {"count": "x"}}, "parameter_type"),
        ({"type": "schedule", "schedule": {"at": "2020-01-01"}}, "never_fires"),
    ],
)
async def test_what_may_stop_a_run_is_told_and_registered(server: Any, ana: Caller, fields: dict[str, Any], code: str):
    trigger = await server.trigger(**fields)
    view = await server.trigger_views.get(ana, trigger.ref)
    assert [notice.code for notice in view.warnings] == [code]


async def test_a_trigger_without_fault_has_no_warning_and_shows_its_parameters(server: Any, ana: Caller):
    trigger = await server.trigger(parameters={"region": "apac"}, mapping={"count": "data.json.n"})
    view = await server.trigger_views.get(ana, trigger.id)
    assert view.warnings == []
    assert [(one.name, one.type) for one in view.parameters] == [("region", "string"), ("count", "integer")]
    server.notebook("sales/report.ipynb", None, "%%trigger pay\nprint(1)")
    changed = await server.triggers.change(ana, trigger.id, {"call": "report.ipynb:pay"})
    assert [notice.code for notice in changed.warnings] == ["no_parameters_cell"]


async def test_a_preview_is_what_would_be_stored_and_stores_nothing(server: Any, ana: Caller):
    project = await server.project()
    server.notebook("sales/report.ipynb")
    fields = {"name": "nightly", "type": "schedule", "schedule": {"cron": "0 6 * * *"}, "call": "report.ipynb"}
    view = await server.triggers.preview(ana, project, fields)
    assert view.trigger.next_fire > time.time()
    assert (await server.trigger_views.listed(ana, limit=5, cursor=None))[0] == []
    with pytest.raises(Invalid):
        await server.triggers.preview(ana, project, {**fields, "schedule": {"cron": "0 6 * *"}})


async def test_a_renamed_trigger_is_found_by_its_new_name(server: Any, ana: Caller):
    trigger = await server.trigger()
    await server.trigger("taken")
    await server.triggers.change(ana, "sales/orders", {"name": "paid"})
    assert (await server.trigger_views.get(ana, "sales/paid")).trigger.id == trigger.id
    with pytest.raises(NotFound):
        await server.trigger_views.get(ana, "sales/orders")
    with pytest.raises(Conflict):
        await server.triggers.change(ana, "sales/paid", {"name": "taken"})


async def test_the_code_of_a_session_changes_no_definition(server: Any, ana: Caller):
    trigger = await server.trigger()
    code = Caller(kind="session", login="x", session_id="ses_1", project_id=trigger.project_id)
    assert (await server.trigger_views.get(code, trigger.id)).trigger.id == trigger.id
    for attempt in (
        server.triggers.change(code, trigger.id, {"enabled": False}),
        server.triggers.remove(code, trigger.id),
        server.triggers.save(code, await server.project(), {"name": "x", "type": "manual"}, replace_existing=True),
        server.trigger_views.get(CODE, trigger.id),
        server.trigger_views.listed(CODE, limit=5, cursor=None),
    ):
        with pytest.raises(Forbidden):
            await attempt


async def test_what_is_held_back_follows_its_trigger(server: Any, ana: Caller):
    trigger = await server.trigger(call="report.ipynb", retry={"max_attempts": 3})
    made = server.database.read_now(lambda tx: projects.get(tx, trigger.project_id))
    assert made is not None

    def held() -> Session:
        origin = Origin(trigger_id=trigger.id, trigger_ref=trigger.ref)
        session = requested_session(
            project_id=made.id, project=made.name, call="report.ipynb", started_by="ana", parameters={},
            options=trigger.session_options, origin=origin, behind=NOBODY,
        )  # fmt: skip
        waiting = replace(session, status="scheduling", wake_at=time.time() + 600, tries=1)
        server.database.write_now(lambda tx: sessions.add(tx, waiting))
        return waiting

    def now(session: Session) -> Session:
        found = server.database.read_now(lambda tx: sessions.get(tx, session.id))
        assert found is not None
        return found

    waiting = held()
    server.notebook("sales/other.ipynb")
    await server.triggers.change(ana, trigger.id, {"call": "other.ipynb", "keep": "3 days"})
    assert now(waiting) == replace(waiting, call="other.ipynb")
    await server.triggers.change(ana, trigger.id, {"enabled": False})
    assert (now(waiting).status, now(waiting).reason) == ("cancelled", "Cancelled: its trigger is switched off.")
    await server.triggers.change(ana, trigger.id, {"enabled": True})
    waiting = held()
    await server.triggers.change(ana, trigger.id, {"retry": None})
    assert (now(waiting).status, now(waiting).reason) == ("cancelled", "Cancelled: its trigger wants no more tries.")
    waiting = held()
    await server.triggers.remove(ana, trigger.id)
    assert (now(waiting).status, now(waiting).reason) == ("cancelled", "Cancelled: its trigger was deleted.")

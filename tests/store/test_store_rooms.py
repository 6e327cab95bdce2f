"""The smaller rooms of the store: definitions and their history, artifacts, blobs, logs, changes, leases."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from samples import (
    add_session,
    artifact_of,
    make_project,
    make_trigger,
    occurrence_of,
    rule_of,
    running_session,
    trigger_of,
)
from sqlalchemy import Connection, delete, update
from sqlalchemy.exc import IntegrityError

from notebook_automation.domain import projects as domain
from notebook_automation.domain import schedules
from notebook_automation.domain.artifacts import Artifact
from notebook_automation.domain.projects import CONNECTION_ID, VARIABLE_ID, ProjectChange, Variable
from notebook_automation.domain.session_log import Cell
from notebook_automation.domain.sessions import CellError
from notebook_automation.domain.snapshots import SnapshotFile, snapshot_of
from notebook_automation.store import (
    artifacts,
    changes,
    events,
    leases,
    projects,
    session_log,
    sessions,
    snapshots,
    triggers,
)
from notebook_automation.store.database import Database
from notebook_automation.store.tables.artifacts import blobs as blob_table
from notebook_automation.store.tables.leases import leases as lease_table
from notebook_automation.store.tables.projects import projects as project_table

# projects, variables, connections -------------------------------------------------------------------------------


def test_a_project_is_found_by_id_name_and_path_and_each_is_taken_once(database: Database) -> None:
    project = make_project(database)
    for look in (
        lambda tx: projects.get(tx, project.id),
        lambda tx: projects.get(tx, "sales"),
        lambda tx: projects.at_path(tx, project.path),
    ):
        assert database.read_now(look) == project
    assert database.read_now(lambda tx: projects.get(tx, "Sales")) is None
    for taken in (replace(project, id="prj_2", path="/x"), replace(project, id="prj_2", name="x")):
        with pytest.raises(IntegrityError):
            database.write_now(lambda tx, taken=taken: projects.add(tx, taken))


def test_variables_are_set_changed_and_removed_by_name_in_their_project(database: Database) -> None:
    sales, payroll = make_project(database), make_project(database, "payroll")

    def put(project_id: str, name: str, value: str, secret: bool = False) -> Variable:
        variable = Variable(id=VARIABLE_ID.new(), project_id=project_id, name=name, value=value, secret=secret)
        database.write_now(lambda tx: projects.set_variable(tx, variable))
        return variable

    other = put(payroll.id, "region", "x")
    put(sales.id, "region", "emea")
    token, region = put(sales.id, "token", "sealed text", True), put(sales.id, "region", "apac\nü")
    assert database.read_now(lambda tx: projects.variables_of(tx, sales.id)) == [region, token]
    assert database.write_now(lambda tx: projects.remove_variable(tx, sales.id, "region")) is True
    assert database.write_now(lambda tx: projects.remove_variable(tx, sales.id, "region")) is False
    assert database.read_now(lambda tx: projects.variables_of(tx, payroll.id)) == [other]


def test_connections_belong_to_a_project_by_name(database: Database) -> None:
    project = make_project(database)
    connection = domain.Connection(id=CONNECTION_ID.new(), project_id=project.id, name="chat", integration="slack")
    database.write_now(lambda tx: projects.add_connection(tx, connection))
    database.write_now(lambda tx: projects.change_connection(tx, connection.id, "teams"))
    found = database.read_now(lambda tx: projects.connections_of(tx, project.id))
    assert found == [replace(connection, integration="teams")]
    with pytest.raises(IntegrityError):
        database.write_now(lambda tx: projects.add_connection(tx, replace(connection, id="con_2")))
    database.write_now(lambda tx: projects.remove_connection(tx, connection.id))
    assert database.read_now(lambda tx: projects.connections_of(tx, project.id)) == []


# triggers -------------------------------------------------------------------------------------------------------


def test_a_trigger_is_read_back_as_it_was_written(database: Database) -> None:
    schedule = schedules.parse(cron="0 6 * * MON-FRI", timezone="Europe/Berlin", jitter=5, catch_up="all", anchor=7.0)
    full = trigger_of(
        make_project(database), type="schedule", schedule=schedule, enabled=False, event_type="x", filter="data.n > 1",
        parameters={"a": [1, None, {"b": 2.5}]}, mapping={"c": "data.c"}, report="html", keep="5 versions",
        time_limit=12.5, slug=None, last_tick=1.5, next_fire=2.5, connection="chat", is_durable=True,
    )  # fmt: skip
    database.write_now(lambda tx: triggers.add(tx, full))
    for key in (full.id, full.ref):
        assert database.read_now(lambda tx, key=key: triggers.get(tx, key)) == full
    assert database.read_now(lambda tx: triggers.get(tx, "sales/none")) is None
    with pytest.raises(IntegrityError):
        database.write_now(lambda tx: triggers.add(tx, replace(full, id="trg_2")))


def test_changing_a_trigger_keeps_its_counters(database: Database) -> None:
    trigger = make_trigger(database, make_project(database), slug="s" * 26)
    database.write_now(lambda tx: triggers.count_result(tx, trigger.id, success=True))
    database.write_now(lambda tx: triggers.count_result(tx, trigger.id, success=False))
    database.write_now(lambda tx: triggers.count_result(tx, trigger.id, success=True))
    database.write_now(lambda tx: triggers.change(tx, replace(trigger, name="renamed", enabled=False)))
    found = database.read_now(lambda tx: triggers.by_slug(tx, "s" * 26))
    assert found == replace(trigger, name="renamed", enabled=False, success_count=2, failure_count=1)


def test_a_rule_of_the_same_ref_keeps_its_id(database: Database) -> None:
    trigger = make_trigger(database, make_project(database))
    [old] = database.read_now(lambda tx: triggers.rules_of(tx, trigger.id))
    changed = replace(rule_of(trigger), conditions=("data.n > 1",), enabled=False)
    database.write_now(lambda tx: triggers.set_rules(tx, trigger.id, [changed]))
    assert database.read_now(lambda tx: triggers.rules_of(tx, trigger.id)) == [replace(changed, id=old.id)]
    database.write_now(lambda tx: triggers.set_rules(tx, trigger.id, []))
    assert database.read_now(lambda tx: triggers.rules_of(tx, trigger.id)) == []


def test_triggers_are_listed_by_project_type_switch_and_text(database: Database) -> None:
    sales, payroll = make_project(database), make_project(database, "payroll")
    made = [
        make_trigger(database, sales, "Nightly_report", type="schedule", schedule=schedules.parse(cron="0 6 * * *")),
        make_trigger(database, sales, "orders", enabled=False),
        make_trigger(database, payroll, "orders", call="night%.ipynb"),
        make_trigger(database, payroll, "paid", type="event", event_type="order_paid"),
    ]

    def named(**filters: object) -> list[str]:
        found, more = database.read_now(lambda tx: triggers.listed(tx, limit=10, cursor=None, **filters))
        assert more is None
        return [trigger.ref for trigger in found]

    assert len(named()) == 4
    assert named(project_id=sales.id) == sorted((one.ref for one in made[:2]), key=_id_of(made), reverse=True)
    assert named(type="schedule") == ["sales/Nightly_report"]
    assert named(enabled=False) == ["sales/orders"]
    assert named(text="NIGHT") == ["payroll/orders", "sales/Nightly_report"]
    assert named(text="t%.") == ["payroll/orders"]
    assert named(text="y_r") == ["sales/Nightly_report"]
    assert named(text="_") == ["sales/Nightly_report"]
    assert [one.ref for one in database.read_now(triggers.scheduled)] == ["sales/Nightly_report"]
    assert [one.ref for one in database.read_now(lambda tx: triggers.listening(tx, payroll.id, "order_paid"))] == [
        "payroll/paid"
    ]
    assert database.read_now(lambda tx: triggers.listening(tx, sales.id, "order_paid")) == []


def _id_of(made: list) -> Callable[[str], str]:  # type: ignore[type-arg]
    return lambda ref: next(one.id for one in made if one.ref == ref)


# what is deleted, and what stays --------------------------------------------------------------------------------


def test_history_stays_readable_when_its_trigger_is_deleted(database: Database) -> None:
    project = make_project(database)
    trigger = make_trigger(database, project)
    [rule] = database.read_now(lambda tx: triggers.rules_of(tx, trigger.id))
    occurrence = occurrence_of(trigger, "id:1", config={"trigger": {"name": "orders"}})
    occurrence = replace(occurrence, enforcements=(replace(occurrence.enforcements[0], rule_id=rule.id),))
    artifact = artifact_of(project, trigger_id=trigger.id, trigger_ref=trigger.ref)
    database.write_now(lambda tx: events.accept(tx, [occurrence]))
    database.write_now(lambda tx: artifacts.add(tx, artifact))
    database.write_now(lambda tx: triggers.remove(tx, trigger.id))
    event = database.read_now(lambda tx: events.get(tx, occurrence.event.id))
    session = database.read_now(lambda tx: sessions.get(tx, occurrence.sessions[0].id))
    [enforcement] = database.read_now(lambda tx: events.enforcements_of(tx, occurrence.event.id))
    kept = database.read_now(lambda tx: artifacts.get(tx, artifact.id))
    assert event == replace(occurrence.event, trigger_id=None)
    assert session == replace(occurrence.sessions[0], trigger_id=None)
    assert enforcement == replace(occurrence.enforcements[0], rule_id=None)
    assert kept == replace(artifact, trigger_id=None)
    assert {event.trigger_ref, session.trigger_ref, enforcement.rule_ref, kept.trigger_ref} == {"sales/orders"}
    assert database.read_now(lambda tx: triggers.rules_of(tx, trigger.id)) == []


def test_history_stays_readable_when_its_project_is_deleted(database: Database) -> None:
    project = make_project(database)
    trigger = make_trigger(database, project)
    occurrence = occurrence_of(trigger)
    artifact = artifact_of(project)
    database.write_now(lambda tx: events.accept(tx, [occurrence]))
    database.write_now(lambda tx: artifacts.add(tx, artifact))
    database.write_now(
        lambda tx: projects.set_variable(tx, Variable(id="var_1", project_id=project.id, name="a", value="b"))
    )
    database.write_now(lambda tx: tx.execute(delete(project_table).where(project_table.c.id == project.id)))
    session = database.read_now(lambda tx: sessions.get(tx, occurrence.sessions[0].id))
    kept = database.read_now(lambda tx: artifacts.get(tx, artifact.id))
    assert session == replace(occurrence.sessions[0], project_id=None, trigger_id=None)
    assert kept == replace(artifact, project_id=None)
    assert (session.project, kept.project) == ("sales", "sales")
    assert database.read_now(lambda tx: triggers.get(tx, trigger.id)) is None
    assert database.read_now(lambda tx: projects.variables_of(tx, project.id)) == []


# artifacts and blobs --------------------------------------------------------------------------------------------


def test_versions_of_a_ref_count_up_and_each_ref_counts_by_itself(database: Database) -> None:
    project = make_project(database)
    stored = [
        database.write_now(lambda tx, ref=ref: artifacts.add(tx, artifact_of(project, ref)))
        for ref in ("s/a/x.csv", "s/a/x.csv", "s/b/x.csv", "s/a/x.csv")
    ]
    assert [one.version for one in stored] == [1, 2, 1, 3]
    found = database.read_now(lambda tx: artifacts.versions(tx, "s/a/x.csv"))
    assert found == [stored[3], stored[1], stored[0]]


def test_versions_made_at_once_by_several_processes_are_all_kept(
    database: Database, open_database: Callable[[], Database]
) -> None:
    project = make_project(database)
    runners = [database, open_database(), open_database()]
    start = threading.Barrier(12)

    def add(number: int) -> int:
        start.wait(30)
        return runners[number % 3].write_now(lambda tx: artifacts.add(tx, artifact_of(project))).version

    with ThreadPoolExecutor(12) as pool:
        assert sorted(pool.map(add, range(12))) == list(range(1, 13))


def test_an_artifact_is_read_back_as_it_was_written_and_found_by_every_filter(database: Database) -> None:
    project = make_project(database)
    trigger = make_trigger(database, project)
    session = add_session(database, project)
    database.write_now(lambda tx: artifacts.keep_blob(tx, "ab" * 32, 5))
    full = artifact_of(
        project, session_id=session.id, trigger_id=trigger.id, trigger_ref=trigger.ref, blob="ab" * 32, size=5,
        media_type="text/csv", meta={"rows": 3}, expires_at=99.5, retention_policy="hours", retention_limit=7,
        scope="identity", owner="ana",
    )  # fmt: skip
    link = artifact_of(project, "sales/by hand/page", type="url", url="https://example.org/?a=b", folder="by hand/x")
    for one in (full, link):
        database.write_now(lambda tx, one=one: artifacts.add(tx, one))
    filters = [
        {"project_id": project.id, "type": "url"}, {"session_id": session.id}, {"trigger_id": trigger.id},
        {"type": "file_datatable"}, {"ref": full.ref}, {"name": "table.csv"},
    ]  # fmt: skip
    for given in filters:
        found, more = database.read_now(lambda tx, given=given: artifacts.listed(tx, limit=5, cursor=None, **given))
        assert (found, more) == ([link if given.get("type") == "url" else full], None)
    assert database.read_now(lambda tx: artifacts.counts(tx, [session.id, "ses_none"])) == {session.id: 1}
    assert database.read_now(lambda tx: artifacts.size_of_session(tx, session.id)) == 5
    assert database.read_now(lambda tx: artifacts.size_of_session(tx, "ses_none")) == 0
    assert database.read_now(artifacts.projects_with) == ["sales"]


def test_expired_artifacts_are_found_by_their_own_time(database: Database) -> None:
    project = make_project(database)
    made = [artifact_of(project, f"s/a/{at}", expires_at=at) for at in (10.0, 20.0, None)]
    for one in made:
        database.write_now(lambda tx, one=one: artifacts.add(tx, one))
    assert database.read_now(lambda tx: artifacts.expired(tx, 9.0)) == []
    assert [one.id for one in database.read_now(lambda tx: artifacts.expired(tx, 10.0))] == [made[0].id]
    assert len(database.read_now(lambda tx: artifacts.expired(tx, 1e12))) == 2
    assert len(database.read_now(lambda tx: artifacts.expired(tx, 1e12, limit=1))) == 1
    database.write_now(lambda tx: artifacts.remove(tx, [made[0].id]))
    assert database.read_now(lambda tx: artifacts.get(tx, made[0].id)) is None
    told = database.read_now(lambda tx: changes.after(tx, 0))
    assert (told[-1].channel, told[-1].entity, told[-1].activity) == ("artifacts", made[0].id, "deleted")


def test_a_blob_is_unused_when_no_artifact_has_it_and_nobody_used_it_lately(database: Database) -> None:
    project = make_project(database)
    kept, dropped, fresh, touched = ("a" * 64, "b" * 64, "c" * 64, "d" * 64)
    database.write_now(lambda tx: artifacts.keep_blobs(tx, {kept: 1, dropped: 2, fresh: 3, touched: 4}))
    database.write_now(lambda tx: artifacts.keep_blobs(tx, {}))
    old = blob_table.c.hash.in_([kept, dropped, touched])
    database.write_now(lambda tx: tx.execute(update(blob_table).where(old).values(used_at=100.0)))
    database.write_now(lambda tx: artifacts.add(tx, artifact_of(project, blob=kept)))
    database.write_now(lambda tx: artifacts.touch_blobs(tx, [touched]))
    hour_ago = time.time() - 3600
    assert database.read_now(lambda tx: artifacts.unused_blobs(tx, hour_ago)) == [dropped]
    database.write_now(lambda tx: artifacts.keep_blob(tx, dropped, 2))
    assert database.read_now(lambda tx: artifacts.unused_blobs(tx, hour_ago)) == []
    database.write_now(lambda tx: artifacts.forget_blob(tx, dropped))
    with pytest.raises(IntegrityError):
        database.write_now(lambda tx: artifacts.forget_blob(tx, kept))


def test_a_snapshot_is_stored_once_however_many_runners_store_it_and_goes_when_no_session_has_it(
    database: Database, open_database: Callable[[], Database]
) -> None:
    files = [SnapshotFile(path="b.csv", link="/data/b.csv"), SnapshotFile(path="a.ipynb", blob="a" * 64, size=9)]
    snapshot = snapshot_of(files)
    assert snapshot.id == snapshot_of(files[::-1]).id
    runners = [database, open_database(), open_database()]
    start = threading.Barrier(9)

    def add(number: int) -> None:
        start.wait(30)
        runners[number % 3].write_now(lambda tx: snapshots.add(tx, snapshot))

    with ThreadPoolExecutor(9) as pool:
        list(pool.map(add, range(9)))
    assert database.read_now(lambda tx: snapshots.get(tx, snapshot.id)) == snapshot
    assert database.read_now(lambda tx: snapshots.get(tx, "snp_none")) is None
    assert database.read_now(snapshots.blobs_in_use) == {"a" * 64}
    session = running_session(database, make_project(database))
    database.write_now(lambda tx: sessions.report(tx, session.id, "a", 1, {"snapshot_id": snapshot.id}))
    later = time.time() + 10
    assert database.write_now(lambda tx: snapshots.forget_unused(tx, later)) == 0
    database.write_now(lambda tx: sessions.report(tx, session.id, "a", 1, {"snapshot_id": None}))
    assert database.write_now(lambda tx: snapshots.forget_unused(tx, time.time() - 10)) == 0
    assert database.write_now(lambda tx: snapshots.forget_unused(tx, later)) == 1


# a session's log, cells, outcomes -------------------------------------------------------------------------------


def test_a_log_is_read_in_order_from_where_one_left_off(database: Database) -> None:
    project = make_project(database)
    ours, theirs = add_session(database, project), add_session(database, project)
    database.write_now(lambda tx: session_log.write(tx, ours.id, "start", "begins", {"attempt": 1}))
    database.write_now(lambda tx: session_log.write(tx, theirs.id, "print", "another's"))
    lines = [(float(number), "print", f"line {number} \0 ü", None) for number in range(5)]
    database.write_now(lambda tx: session_log.write_many(tx, ours.id, lines))
    database.write_now(lambda tx: session_log.write_many(tx, ours.id, []))
    first = database.read_now(lambda tx: session_log.read(tx, ours.id, 0, 3))
    rest = database.read_now(lambda tx: session_log.read(tx, ours.id, first[-1].seq, 100))
    assert [one.text for one in first + rest] == ["begins"] + [f"line {number} \\0 ü" for number in range(5)]
    assert (first[0].kind, first[0].data, rest[-1].at) == ("start", {"attempt": 1}, 4.0)
    told = [one for one in database.read_now(lambda tx: changes.after(tx, 0)) if one.activity == "log"]
    assert [one.content.entries for one in told if one.entity == ours.id] == [1, 5]


def test_a_log_that_several_processes_write_never_shows_a_later_entry_first(
    database: Database, open_database: Callable[[], Database]
) -> None:
    session = add_session(database, make_project(database))
    seen = _followed_while_writing(
        open_database,
        write=lambda tx: session_log.write(tx, session.id, "print", "x"),
        read=lambda tx, after: [one.seq for one in session_log.read(tx, session.id, after, 1000)],
    )
    stored = database.read_now(lambda tx: [one.seq for one in session_log.read(tx, session.id, 0, 1000)])
    assert seen == stored
    assert len(stored) == 120


def test_cells_are_set_once_and_changed_by_index(database: Database) -> None:
    session = add_session(database, make_project(database))
    timeline = [Cell(index=number, id=f"c{number}", source_head=f"x = {number}") for number in (3, 1, 2)]
    database.write_now(lambda tx: session_log.set_cells(tx, session.id, timeline))
    ok = Cell(index=2, id="c2", source_head="x = 2", status="ok", started_at=1.5, finished_at=2.5, execution_count=1)
    absent = Cell(index=9, id="c9", source_head="")
    database.write_now(lambda tx: session_log.change_cells(tx, session.id, [ok, absent]))
    found = database.read_now(lambda tx: session_log.cells_of(tx, session.id))
    assert found == [timeline[1], ok, timeline[0]]
    long = Cell(index=0, id="i" * 100, source_head="s" * 1000 + "\0")
    database.write_now(lambda tx: session_log.set_cells(tx, session.id, [long]))
    [cut] = database.read_now(lambda tx: session_log.cells_of(tx, session.id))
    assert (len(cut.id), len(cut.source_head)) == (64, 200)


def test_a_cell_of_any_source_can_be_stored(database: Database) -> None:
    session = add_session(database, make_project(database))
    cells = [Cell(index=0, id="c0", source_head="nul \0 and half \ud800 \U0001f600")]
    error = CellError(ename="ValueError", evalue="half \udfff", traceback=["nul \0"])
    database.write_now(lambda tx: session_log.set_cells(tx, session.id, cells))
    database.write_now(lambda tx: sessions.end(tx, session.id, "failed", reason="half \ud800", error=error))
    [cell] = database.read_now(lambda tx: session_log.cells_of(tx, session.id))
    ended = database.read_now(lambda tx: sessions.get(tx, session.id))
    assert cell.source_head == "nul \\0 and half \ufffd \U0001f600"
    assert ended is not None
    assert ended.error == CellError(ename="ValueError", evalue="half \ufffd", traceback=["nul \0"])
    assert ended.reason == "half \ufffd"


def test_the_first_outcome_with_no_more_to_come_is_the_answer(database: Database) -> None:
    session = add_session(database, make_project(database))
    assert database.read_now(lambda tx: session_log.answer_of(tx, session.id)) is None
    given = [({"n": 1}, True, None), (None, False, {"status": 201, "json": {"ok": True}}), ("late", False, None)]
    for value, more, http in given:
        database.write_now(
            lambda tx, value=value, more=more, http=http: session_log.add_outcome(
                tx, session.id, value, more=more, http=http
            )
        )
    found = database.read_now(lambda tx: session_log.outcomes_of(tx, session.id))
    assert [(one.value, one.more, one.http) for one in found] == given
    answer = database.read_now(lambda tx: session_log.answer_of(tx, session.id))
    assert answer == found[1]


# changes --------------------------------------------------------------------------------------------------------


def _followed_while_writing(
    open_database: Callable[[], Database], *, write: Callable[..., None], read: Callable[..., list[int]]
) -> list[int]:
    """Return what somebody sees who always asks for what came after the last, while four processes write."""
    writers = [open_database() for _ in range(4)]
    reader = open_database()
    seen = [0]

    def write_all(writer: Database) -> None:
        for _ in range(30):
            writer.write_now(write)

    def read_on(tx: Connection) -> list[int]:
        return read(tx, seen[-1])

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(write_all, writer) for writer in writers]
        while True:
            over = all(one.done() for one in running)
            seen += reader.read_now(read_on)
            if over:
                break
    for one in running:
        one.result()
    return seen[1:]


def test_nobody_who_follows_the_changes_of_several_writers_misses_one(
    database: Database, open_database: Callable[[], Database]
) -> None:
    seen = _followed_while_writing(
        open_database,
        write=lambda tx: changes.announce(tx, "prj_1", "updated", ProjectChange(name="a")),
        read=lambda tx, after: [one.seq for one in changes.after(tx, after, 1000)],
    )
    assert seen == database.read_now(lambda tx: [one.seq for one in changes.after(tx, 0, 1000)])
    assert len(seen) == 120


def test_a_change_that_is_rolled_back_is_told_to_nobody(database: Database) -> None:
    def fails(tx: Connection) -> None:
        changes.announce(tx, "trg_1", "updated", ProjectChange(name="a"))
        raise RuntimeError

    with pytest.raises(RuntimeError):
        database.write_now(fails)
    database.write_now(lambda tx: changes.announce(tx, "trg_2", "updated", ProjectChange(name="a")))
    assert [one.entity for one in database.read_now(lambda tx: changes.after(tx, 0))] == ["trg_2"]


def test_forgetting_leaves_the_newest_so_that_numbers_go_on(database: Database) -> None:
    for number in range(5):
        database.write_now(
            lambda tx, number=number: changes.announce(tx, f"evt_{number}", "updated", ProjectChange(name="a"))
        )
    last = database.read_now(changes.last_seq)
    assert database.write_now(lambda tx: changes.forget(tx, time.time() - 60)) == 0
    assert database.write_now(lambda tx: changes.forget(tx, time.time() + 60)) == 4
    assert database.read_now(changes.first_seq) == database.read_now(changes.last_seq) == last
    database.write_now(lambda tx: changes.announce(tx, "evt_5", "updated", ProjectChange(name="a")))
    assert database.read_now(changes.last_seq) > last


# leases ---------------------------------------------------------------------------------------------------------


def test_one_owner_holds_a_lease_until_it_runs_out_or_is_given_back(database: Database) -> None:
    take = lambda owner, seconds=60.0: database.write_now(lambda tx: leases.take(tx, "engine", owner, seconds))  # noqa: E731
    holder = lambda: database.read_now(lambda tx: leases.owner_of(tx, "engine"))  # noqa: E731
    assert holder() is None
    assert (take("a"), take("b"), take("a"), holder()) == (True, False, True, "a")
    database.write_now(lambda tx: leases.give_back(tx, "engine", "b"))
    assert holder() == "a"
    database.write_now(lambda tx: tx.execute(update(lease_table).values(until=1.0)))
    assert holder() is None
    assert (take("b"), take("a"), holder()) == (True, False, "b")
    database.write_now(lambda tx: leases.give_back(tx, "engine", "b"))
    assert (take("a"), holder()) == (True, "a")
    assert database.write_now(lambda tx: leases.take(tx, "another", "b", 60.0)) is True


def test_of_many_who_take_a_free_lease_at_once_one_gets_it(
    database: Database, open_database: Callable[[], Database]
) -> None:
    servers = [database, *(open_database() for _ in range(5))]
    start = threading.Barrier(len(servers))

    def take(number: int) -> bool:
        start.wait(30)
        return servers[number].write_now(lambda tx: leases.take(tx, "engine", f"server {number}", 60.0))

    for _ in range(3):
        with ThreadPoolExecutor(len(servers)) as pool:
            assert sum(pool.map(take, range(len(servers)))) == 1
        database.write_now(lambda tx: tx.execute(delete(lease_table)))


def test_an_artifact_room_in_folders_shows_the_newest_of_each_name(database: Database) -> None:
    project = make_project(database)
    made: list[Artifact] = []
    for ref, folder in [("s/a/x.csv", "a/1"), ("s/a/y.csv", "a/1"), ("s/a/x.csv", "a/1"), ("s/a/x.csv", "a/2")]:
        one = artifact_of(project, ref, folder=folder)
        made.append(database.write_now(lambda tx, one=one: artifacts.add(tx, one)))
        time.sleep(0.002)  # ids sort by the millisecond they were made in
    assert database.read_now(lambda tx: artifacts.in_folder(tx, "sales", "a/1")) == [made[2], made[1]]
    assert database.read_now(lambda tx: artifacts.in_folder(tx, "sales", "a/3")) == []

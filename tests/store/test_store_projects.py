"""Projects with their variables and connections, and what stays when one is deleted."""

from __future__ import annotations

from dataclasses import replace

import pytest
from samples import artifact_of, make_project, make_trigger, occurrence_of
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from notebook_automation.domain import projects as domain
from notebook_automation.domain.projects import CONNECTION_ID, VARIABLE_ID, Variable
from notebook_automation.store import artifacts, events, projects, sessions, triggers
from notebook_automation.store.database import Database
from notebook_automation.store.tables.projects import projects as project_table


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

"""Projects, their variables and connections, in the database."""

from __future__ import annotations

from sqlalchemy import Connection, delete, func, insert, select, update

from notebook_automation.domain import projects as domain

from .rows import from_row, page, to_row
from .tables.projects import connections, projects, variables
from .tables.triggers import triggers


def add(tx: Connection, project: domain.Project) -> None:
    """Insert ``project``; raises IntegrityError where its name or path is taken."""
    tx.execute(insert(projects).values(to_row(project, projects)))


def get(tx: Connection, key: str) -> domain.Project | None:
    """Return the project with this id or name."""
    row = tx.execute(select(projects).where((projects.c.id == key) | (projects.c.name == key))).first()
    return None if row is None else from_row(domain.Project, row, projects)


def at_path(tx: Connection, path: str) -> domain.Project | None:
    """Return the project of the folder ``path`` (absolute)."""
    row = tx.execute(select(projects).where(projects.c.path == path)).first()
    return None if row is None else from_row(domain.Project, row, projects)


def listed(tx: Connection, *, limit: int, cursor: str | None) -> tuple[list[domain.Project], str | None]:
    """Return a page of projects, newest first."""
    return page(
        tx, select(projects), projects.c.id, lambda row: from_row(domain.Project, row, projects),
        limit=limit, cursor=cursor,
    )  # fmt: skip


def every(tx: Connection) -> list[domain.Project]:
    """Return all projects."""
    return [from_row(domain.Project, row, projects) for row in tx.execute(select(projects))]


def set_path(tx: Connection, project_id: str, path: str) -> None:
    """Let a project be the folder ``path`` (absolute); raises IntegrityError where another is."""
    tx.execute(update(projects).where(projects.c.id == project_id).values(path=path))


def trigger_counts(tx: Connection) -> dict[str, int]:
    """Return the number of triggers by project id."""
    rows = tx.execute(select(triggers.c.project_id, func.count()).group_by(triggers.c.project_id))
    return {row[0]: row[1] for row in rows}


def variables_of(tx: Connection, project_id: str) -> list[domain.Variable]:
    """Return a project's variables by name."""
    rows = tx.execute(select(variables).where(variables.c.project_id == project_id).order_by(variables.c.name))
    return [from_row(domain.Variable, row, variables) for row in rows]


def all_secrets(tx: Connection) -> list[domain.Variable]:
    """Return the secret variables of all projects, their values encrypted."""
    rows = tx.execute(select(variables).where(variables.c.secret))
    return [from_row(domain.Variable, row, variables) for row in rows]


def variable(tx: Connection, project_id: str, name: str) -> domain.Variable | None:
    """Return the variable of this name."""
    condition = (variables.c.project_id == project_id) & (variables.c.name == name)
    row = tx.execute(select(variables).where(condition)).first()
    return None if row is None else from_row(domain.Variable, row, variables)


def set_variable(tx: Connection, variable: domain.Variable) -> None:
    """Insert ``variable`` or change the one of its name."""
    remove_variable(tx, variable.project_id, variable.name)
    tx.execute(insert(variables).values(to_row(variable, variables)))


def remove_variable(tx: Connection, project_id: str, name: str) -> bool:
    """Delete a variable; return whether there was one."""
    condition = (variables.c.project_id == project_id) & (variables.c.name == name)
    return tx.execute(delete(variables).where(condition)).rowcount > 0


def connections_of(tx: Connection, project_id: str) -> list[domain.Connection]:
    """Return a project's connections by name."""
    rows = tx.execute(select(connections).where(connections.c.project_id == project_id).order_by(connections.c.name))
    return [from_row(domain.Connection, row, connections) for row in rows]


def add_connection(tx: Connection, connection: domain.Connection) -> None:
    """Insert ``connection``; raises IntegrityError where its name is taken in the project."""
    tx.execute(insert(connections).values(to_row(connection, connections)))


def change_connection(tx: Connection, connection_id: str, integration: str) -> None:
    """Give a connection another integration."""
    tx.execute(update(connections).where(connections.c.id == connection_id).values(integration=integration))


def remove_connection(tx: Connection, connection_id: str) -> None:
    """Delete a connection."""
    tx.execute(delete(connections).where(connections.c.id == connection_id))

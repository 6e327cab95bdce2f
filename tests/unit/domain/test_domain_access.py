"""Who may do what: people and the engine everything, a session's code its own."""

from __future__ import annotations

import pytest

from notebook_automation.domain.access import EVERYTHING, SYSTEM, Action, Caller, Resource
from notebook_automation.domain.artifacts import ArtifactResource
from notebook_automation.domain.errors import Forbidden


def assert_allowed(caller: Caller, action: Action, resource: Resource) -> None:
    """``require`` raises where it refuses."""
    caller.require(action, resource)


@pytest.mark.parametrize("permission", ["read", "configure", "run", "answer", "report"])
def test_people_and_the_engine_may_do_everything_here(permission: Action) -> None:
    for caller in (Caller(kind="user", login="ana"), SYSTEM):
        assert_allowed(caller, permission, EVERYTHING)
        assert_allowed(caller, permission, ArtifactResource(project_id="prj_1", session_id="ses_1"))


@pytest.mark.parametrize(
    ("permission", "project", "session", "allowed"),
    [
        ("read", "prj_1", None, True), ("read", None, "ses_1", True), ("read", "prj_2", None, False),
        ("read", None, "ses_2", False), ("read", None, None, False), ("read", "prj_2", "ses_1", True),
        ("run", "prj_1", None, True), ("run", "prj_2", None, False), ("run", None, "ses_1", False),
        ("report", None, "ses_1", True), ("report", "prj_1", "ses_2", False), ("report", "prj_1", None, False),
        ("configure", "prj_1", "ses_1", False), ("answer", "prj_1", "ses_1", False),
    ],
)  # fmt: skip
def test_the_code_of_a_session_reaches_its_own_session_and_project_only(
    permission: Action, project: str | None, session: str | None, allowed: bool
) -> None:
    code = Caller(kind="session", login="sales/orders", session_id="ses_1", project_id="prj_1")
    if allowed:
        code.require(permission, ArtifactResource(project_id=project, session_id=session))
    else:
        with pytest.raises(Forbidden, match="ses_1"):
            code.require(permission, ArtifactResource(project_id=project, session_id=session))


def test_a_session_without_a_project_reaches_no_project() -> None:
    code = Caller(kind="session", login="x", session_id="ses_1", project_id=None)
    with pytest.raises(Forbidden):
        code.require("run", ArtifactResource(project_id=None))

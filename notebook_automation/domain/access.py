"""Who asks, what for, and whether it is allowed: the one place where that is decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from .errors import Forbidden
from .requesters import NOBODY, Requester

Action = Literal["read", "configure", "run", "answer", "report"]
"""``read`` looks, ``configure`` changes definitions, ``run`` starts and cancels, ``report`` is a session on itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What an action is done to. Each noun has a class of its own, beside the noun (`TriggerResource`).

    ``project_id`` is the project it belongs to, ``session_id`` the session that it is or that made it; None where it
    has none, or where none is named.
    """

    kind: ClassVar[str]
    id: str | None = None
    project_id: str | None = None
    session_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemResource(Resource):
    """The whole server: what belongs to no single project, and everything of a noun at once."""

    kind: ClassVar[str] = "system"


EVERYTHING = SystemResource()


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The one on whose behalf a service acts.

    A ``user`` is whoever Jupyter let in; ``session`` is the code in a session's kernel, with the ids of its session and
    project and its ``requester``; ``system`` is the engine itself.
    """

    kind: Literal["user", "session", "system"]
    login: str
    session_id: str | None = None
    project_id: str | None = None
    requester: Requester = NOBODY

    @property
    def person(self) -> str:
        """The name by which people know a user."""
        return self.login.strip()

    @property
    def behind(self) -> Requester:
        """Who stands behind what this caller sets off: a person themselves, or whoever is behind their session."""
        return Requester(person=self.person, came_by="person") if self.kind == "user" else self.requester

    def require(self, action: Action, resource: Resource) -> None:
        """Raise Forbidden (``forbidden``) unless this caller may do ``action`` to ``resource``."""
        if not is_allowed(self, action, resource):
            raise Forbidden(
                f"The code of session {self.session_id} may not {action} this: a session's token reaches its own "
                "session and project only. Do it as a person, in the panel or by the command line."
            )


def is_allowed(caller: Caller, action: Action, resource: Resource) -> bool:
    """Return whether ``caller`` may do ``action`` to ``resource``.

    A session's code may report on its own session, read that and its own project, and run and emit there. Whom Jupyter
    lets in may do everything, and so may the engine.
    """
    if caller.kind != "session":
        return True
    own_project = resource.project_id is not None and resource.project_id == caller.project_id
    own_session = resource.session_id is not None and resource.session_id == caller.session_id
    if action == "read":
        return own_project or own_session
    if action == "run":
        return own_project
    return action == "report" and own_session


SYSTEM = Caller(kind="system", login="engine")

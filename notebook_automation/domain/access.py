"""Who asks, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .errors import Forbidden

Permission = Literal["read", "configure", "run", "answer", "report"]
"""``read`` looks, ``configure`` changes definitions, ``run`` starts and cancels, ``report`` is a session on itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The one on whose behalf a service acts.

    A ``user`` is whoever Jupyter let in; ``session`` is the code in a session's kernel, which may only report on
    its own session, read its own project, and start or emit there; ``system`` is the engine itself.
    """

    kind: Literal["user", "session", "system"]
    login: str
    session_id: str | None = None
    project_id: str | None = None

    def require(self, permission: Permission, *, project_id: str | None = None, session_id: str | None = None) -> None:
        """Raise Forbidden unless this caller has ``permission`` on the named project or session.

        Raises Forbidden (``forbidden``).
        """
        if self.kind != "session":
            return
        own_project = project_id is not None and project_id == self.project_id
        own_session = session_id is not None and session_id == self.session_id
        allowed = {
            "read": own_project or own_session,
            "run": own_project,
            "report": own_session,
        }.get(permission, False)
        if not allowed:
            raise Forbidden(
                f"The code of session {self.session_id} may not {permission} this: a session's token reaches its own "
                "session and project only. Do it as a person, in the panel or by the command line."
            )


SYSTEM = Caller(kind="system", login="engine")

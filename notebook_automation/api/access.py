"""Who asks: a person whom Jupyter let in, or the code of a running session by its token."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_core.utils import ensure_async
from jupyter_server.base.handlers import APIHandler, JupyterHandler
from tornado.web import HTTPError

from notebook_automation.adapters.account import account_name
from notebook_automation.domain.access import Action, Caller
from notebook_automation.domain.addresses import forwarded_address
from notebook_automation.domain.errors import Forbidden
from notebook_automation.services.container import Services

from .correlated import Correlated
from .host import Host
from .links import Links
from .problems import MEDIA_TYPE, NotAuthenticated, error_of, problem_of
from .wire import encode

RESOURCE = "notebook-automation"
_ACTIONS: dict[Action, str] = {
    "read": "read",
    "configure": "write",
    "run": "execute",
    "answer": "execute",
    "report": "execute",
}
_SESSION_TOKEN = re.compile(r"(?:token|bearer)\s+(nas_\S+)", re.IGNORECASE)
_ANONYMOUS = re.compile(r"[0-9a-f]{32}")

if TYPE_CHECKING:
    _Base = JupyterHandler
else:
    _Base = object


class KnownCaller(Correlated, _Base):
    """For Jupyter handlers: finds out who asks, refuses nobody-knows-whom, answers errors as problem JSON."""

    auth_resource = RESOURCE
    caller: Caller
    _user: Any = None

    options = APIHandler.options

    @property
    def host(self) -> Host:
        extension: Host = self.settings["notebook_automation"]
        return extension

    @property
    def links(self) -> Links:
        return Links(public=self.host.public_base(), base_url=self.base_url)

    async def services(self) -> Services:
        """Return the services, waiting for them while the server starts. Raises Unavailable."""
        return await self.host.services()

    async def identify(self) -> None:
        """Set ``caller``. Raises NotAuthenticated, Forbidden, HTTPError."""
        self.begin_serving()
        if not self.check_host():
            raise Forbidden("The server is not reached under this name: see ServerApp.allow_remote_access.")
        token = session_token(self.request.headers)
        if token is not None:
            # It is no user: neither cookies nor Jupyter's own authorizer have a say.
            self.current_user = None
            self.caller = await (await self.services()).session_code.caller_of(token)
            return
        try:
            await JupyterHandler.prepare(self, _redirect_to_login=False)
        except HTTPError:
            if self.current_user is None:
                raise _unknown() from None
            raise
        if self.current_user is None:
            raise _unknown()
        if not self.check_origin():
            raise Forbidden("Requests from pages of other origins are not taken: see ServerApp.allow_origin.")
        user = self._user = self.current_user
        # Jupyter gives whoever has the token a new name in each browser and for each command: it is one person.
        is_owner = _ANONYMOUS.fullmatch(user.username)
        login = account_name() or user.display_name if is_owner else user.username
        self.caller = Caller(kind="user", login=login)
        if address := forwarded_address(self.request.headers, self.base_url):
            self.host.forwarded_from(address)

    async def permit(self, permission: Action) -> None:
        """Ask Jupyter's authorizer whether this user may do what a route does. Raises Forbidden.

        What a caller may do with which thing is decided by the services.
        """
        if self.caller.kind != "user":
            return
        action = _ACTIONS[permission]
        if not await ensure_async(self.authorizer.is_authorized(self, self._user, action, RESOURCE)):
            raise Forbidden(
                f"{self.caller.login} may not {action} {RESOURCE} on this server: whoever runs it can allow that."
            )

    def set_default_headers(self) -> None:
        super().set_default_headers()
        self.set_correlation_headers()
        self.set_header("Cache-Control", "no-store")
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")

    @property
    def content_security_policy(self) -> str:
        return "frame-ancestors 'none'; default-src 'none'"

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        problem = problem_of(kwargs.get("exc_info", (None, None))[1], self.correlation_id)
        self.problem_code = problem.code
        self.set_status(problem.status)
        self.set_header("Content-Type", MEDIA_TYPE)
        if problem.status == 401:
            self.set_header("WWW-Authenticate", 'token realm="Jupyter"')
        self.finish(encode(problem))

    def log_exception(self, typ: Any, value: BaseException | None, tb: Any) -> None:
        error, what = error_of(value), (self.correlation_id, self.request.method, self.request.path)
        if error is None:
            self.log.error("%s %s %s", *what, exc_info=value)
        elif error.status >= 500:
            self.log.warning("%s %s %s: %s", *what, error.message)


def session_token(headers: Mapping[str, str]) -> str | None:
    """Return the token of a session that a request comes with, if it does."""
    found = _SESSION_TOKEN.fullmatch(headers.get("Authorization", ""))
    return None if found is None else found.group(1)


def _unknown() -> NotAuthenticated:
    return NotAuthenticated("Sign in to the Jupyter server, or send its token: Authorization: token ….")

"""A session in this process, with no server: its data in a temporary folder, its REST on a port of this machine."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import secrets
import shutil
import socket
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import msgspec

from notebook_automation.adapters.account import account_name
from notebook_automation.domain.access import SYSTEM, Caller
from notebook_automation.domain.sessions import TERMINAL
from notebook_automation.domain.times import rfc3339
from notebook_automation.sdk.location import API_PATH
from notebook_automation.settings import Settings

from .early_kernel import EarlyKernel

if TYPE_CHECKING:
    from notebook_automation.compose.server import Server
    from notebook_automation.domain.artifacts import Artifact
    from notebook_automation.services.container import Services
    from notebook_automation.services.session_views import SessionView
    from notebook_automation.services.sweeps import SweepWish

HOST = "127.0.0.1"
_POLL_SECONDS = 1.0
_ENTRIES = 500
_MOST_ARTIFACTS = 10_000


class SingleProcess:
    """Runs calls of the project at ``root`` as sessions while the block lasts.

    Kernels inherit the variables that ``environment`` names besides the usual ones. ``notebook`` is what will be
    called: its kernel's process is started at once, and all else while that imports. Nothing of it is left afterwards:
    its processes end first, then its folder is removed.
    """

    def __init__(self, root: Path, notebook: Path, kernel_name: str | None, environment: Sequence[str] = ()) -> None:
        self._data = tempfile.mkdtemp(prefix="notebook-automation-")
        settings = Settings()
        self._settings = replace(
            settings, data_dir=self._data, root_dir=str(root), warm_kernels=0, warm_runners=0, follow_links=True,
            kernel_environment=[*settings.kernel_environment, *environment],
        )  # fmt: skip
        self._kernel = EarlyKernel(notebook, kernel_name, self._settings)
        self._changed = asyncio.Event()
        self._caller = Caller(kind="user", login=_account())
        self._rest: Rest | None = None
        self._server: Server | None = None

    async def __aenter__(self) -> SingleProcess:
        # What is imported stays to the end: to look it through for garbage again and again takes a third of the start.
        gc.disable()
        try:
            from notebook_automation.execution import light_papermill  # noqa: F401  (before all that it is about)

            # isort: split
            from notebook_automation.compose.builders import build_single_process

            gc.freeze()
        finally:
            gc.enable()
        try:
            listening = socket.create_server((HOST, 0))
            url = f"http://{HOST}:{listening.getsockname()[1]}/"
            self._server = build_single_process(
                self._settings, api_url=f"{url}{API_PATH}", warm=self._kernel.warm, committed=self._changed.set
            )
            self._rest = Rest(listening, url, self._server.services)
            await self._server.start()
        except BaseException:
            # Also where it is cancelled (Ctrl-C): there is no __aexit__ for what was not entered.
            await self._end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    async def start(self, call: str, options: Mapping[str, Any]) -> str:
        """Queue a session of ``call`` and return its id; ``options`` as for `services.sessions.Sessions.start`."""
        project = await self._services.projects.at_folder(SYSTEM, "")
        view = await self._services.sessions.start(self._caller, project, call, **options)
        return view.session.id

    async def start_sweep(self, call: str, wish: SweepWish) -> str:
        """Store a sweep of ``call`` and return its id."""
        project = await self._services.projects.at_folder(SYSTEM, "")
        return (await self._services.sweeps.start(self._caller, project, call, wish)).group.id

    async def follow_sweep(self, group_id: str, on_change: Callable[[Mapping[str, Any]], None]) -> Mapping[str, Any]:
        """Call ``on_change`` with a sweep as often as something of it changes; return it once it is over."""
        from notebook_automation.api.session_groups import group_model

        while True:
            self._changed.clear()
            view = await self._services.session_groups.get(self._caller, group_id)
            shown: Mapping[str, Any] = msgspec.to_builtins(group_model(view))
            on_change(shown)
            if view.group.finished_at is not None:
                return shown
            await self._something_changed()

    async def sweep_results(self, group_id: str) -> list[Any]:
        """Return what came of each combination, as the API shows it."""
        from notebook_automation.api.session_groups import result_model

        found, _ = await self._services.sweeps.results(self._caller, group_id, after=-1, limit=_MOST_ARTIFACTS)
        results: list[Any] = msgspec.to_builtins([result_model(view) for view in found])
        return results

    async def cancel_sweep(self, group_id: str) -> None:
        """Ask all of a sweep to stop."""
        await self._services.session_groups.cancel(self._caller, group_id, running="stop")

    async def _something_changed(self) -> None:
        """Wait until something was stored, or a while."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_POLL_SECONDS):
                await self._changed.wait()

    async def follow(self, session_id: str, on_entry: Callable[[Mapping[str, Any]], None]) -> Mapping[str, Any]:
        """Call ``on_entry`` with each entry of a session's log as it comes; return the session once it has ended.

        Both as the API shows them.
        """
        sessions, after = self._services.sessions, 0
        while True:
            self._changed.clear()
            # The session first: when it says that it has ended, its log is complete.
            view = await sessions.get(self._caller, session_id)
            entries = await sessions.log(self._caller, session_id, after=after, limit=_ENTRIES)
            for entry in entries:
                on_entry({"at": rfc3339(entry.at), "kind": entry.kind, "text": entry.text})
                after = entry.seq
            if not entries and view.session.status in TERMINAL:
                return _session(view)
            if not entries:
                await self._something_changed()

    async def cancel(self, session_id: str) -> None:
        """Ask a session to stop; one that has ended stays as it is."""
        await self._services.sessions.cancel(self._caller, session_id)

    async def artifacts(self, session_id: str) -> list[Artifact]:
        """Return what a session made, the newest first."""
        found, _ = await self._services.artifacts.listed(
            self._caller, limit=_MOST_ARTIFACTS, cursor=None, session=session_id
        )
        return found

    async def shown(self, artifacts: Sequence[Artifact]) -> list[Any]:
        """Return artifacts as the API shows them."""
        from notebook_automation.api.artifacts import artifact_models
        from notebook_automation.api.links import Links

        assert self._rest is not None
        links = Links(public=self._rest.public_base(), base_url="/")
        found: list[Any] = msgspec.to_builtins(await artifact_models(self._services, links, artifacts))
        return found

    async def write(self, artifact: Artifact, file: Path) -> None:
        """Write an artifact's content to ``file``."""
        _, content = await self._services.artifacts.content(self._caller, artifact.id)
        await asyncio.to_thread(_copy, content, file)

    @property
    def _services(self) -> Services:
        assert self._server is not None
        return self._server.services

    async def _end(self) -> None:
        try:
            if self._rest is not None:
                await self._rest.close()
            if self._server is not None:
                await self._server.stop()
        finally:
            await self._kernel.close()
            shutil.rmtree(self._data, ignore_errors=True)


class Rest:
    """The REST of ``services`` at ``listening``, whose address is ``url``; imported when somebody first asks for it."""

    def __init__(self, listening: socket.socket, url: str, services: Services) -> None:
        self._listening = listening
        self._url = url
        self._given = services
        self._http: Any = None
        self._loading: asyncio.Task[None] | None = None
        listening.setblocking(False)
        try:
            asyncio.get_running_loop().add_reader(listening, self._first)
        except NotImplementedError:  # Windows' event loop watches no sockets: it is imported at once there
            self._loading = asyncio.create_task(self._serve(), name="na-rest")

    # what the API asks of its server --------------------------------------------------------------------------

    async def services(self) -> Services:
        """Return the services."""
        return self._given

    def services_now(self) -> Services:
        """Return the services."""
        return self._given

    def public_base(self) -> str:
        """Return the address under which the server is reached: from this machine only."""
        return self._url

    def forwarded_from(self, address: str) -> None:
        """Take no note: what runs here ends with its session."""

    # ----------------------------------------------------------------------------------------------------------

    async def close(self) -> None:
        """Answer nobody any more."""
        if self._loading is None:
            asyncio.get_running_loop().remove_reader(self._listening)
        else:
            await asyncio.wait([self._loading])
        if self._http is None:
            self._listening.close()
            return
        self._http.stop()
        await self._http.close_all_connections()

    def _first(self) -> None:
        asyncio.get_running_loop().remove_reader(self._listening)
        self._loading = asyncio.create_task(self._serve(), name="na-rest")

    async def _serve(self) -> None:
        application = await asyncio.to_thread(self._application)
        from tornado.httpserver import HTTPServer

        self._http = HTTPServer(application)
        self._http.add_socket(self._listening)

    def _application(self) -> Any:
        from jupyter_server.auth import AllowAllAuthorizer, IdentityProvider
        from tornado.web import Application

        from notebook_automation.api.router import router

        settings: dict[str, Any] = {
            "base_url": "/",
            # For nobody: the session's code has a token of its own.
            "identity_provider": IdentityProvider(token=secrets.token_hex(24)),
            "authorizer": AllowAllAuthorizer(),
            "cookie_secret": secrets.token_bytes(32),
            "local_hostnames": ["localhost"],
            "notebook_automation": self,
            # A line per request is of no use to whoever runs one notebook.
            "log_function": lambda handler: None,
        }
        logging.getLogger("tornado.access").setLevel(logging.ERROR)
        return router(Application([], **settings))


def _account() -> str:
    """Return who runs the command."""
    return account_name() or (f"user {os.getuid()}" if hasattr(os, "getuid") else "user")


def _session(view: SessionView) -> Mapping[str, Any]:
    from notebook_automation.api.sessions import session_model

    shown: Mapping[str, Any] = msgspec.to_builtins(session_model(view))
    return shown


def _copy(content: Path, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(content, file)

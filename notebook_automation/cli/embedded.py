"""A private server inside this process: its data in a temporary folder, and its REST on a port of this machine."""

from __future__ import annotations

import asyncio
import logging
import secrets
import shutil
import tempfile
import threading
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from notebook_automation.sdk.client import Client
from notebook_automation.sdk.location import API_PATH, Location
from notebook_automation.settings import Settings

if TYPE_CHECKING:
    from tornado.httpserver import HTTPServer

    from notebook_automation.services.container import Services

HOST = "127.0.0.1"


class Embedded:
    """Serves the project at ``root`` while the block lasts; ``client`` speaks with it, ``project`` is its name.

    Nothing of it is left afterwards: its processes end first, then its folder is removed.
    """

    client: Client
    project: str

    def __init__(self, root: Path) -> None:
        self._root = root
        self._token = secrets.token_hex(24)
        self._url = ""
        self._services: Services | None = None
        self._ready: Future[None] = Future()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._over: asyncio.Event | None = None
        self._stopping = False
        self._thread = threading.Thread(target=self._serve, name="na-embedded")

    def __enter__(self) -> Embedded:
        self._data = tempfile.mkdtemp(prefix="notebook-automation-")
        self._thread.start()
        try:
            self._ready.result()
        except BaseException:
            self._end()
            raise
        self.client = Client(Location(url=f"{self._url}{API_PATH}", authorization=f"token {self._token}"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.client.close()
        self._end()

    # what the API asks of its server --------------------------------------------------------------------------

    async def services(self) -> Services:
        """Return the services."""
        assert self._services is not None
        return self._services

    def public_base(self) -> str:
        """Return the address under which the server is reached: from this machine only."""
        return self._url

    # the server's thread --------------------------------------------------------------------------------------

    def _end(self) -> None:
        self._stopping = True
        if self._loop is not None and self._over is not None:
            self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join()
        shutil.rmtree(self._data, ignore_errors=True)

    def _serve(self) -> None:
        try:
            asyncio.run(self._live())
        except Exception as error:
            if self._ready.done():
                raise
            self._ready.set_exception(error)

    async def _live(self) -> None:
        from tornado.netutil import bind_sockets

        from notebook_automation import compose

        self._over, self._loop = asyncio.Event(), asyncio.get_running_loop()
        if self._stopping:
            # Interrupted before there was a loop in which to stop.
            return
        sockets = bind_sockets(0, HOST)
        self._url = f"http://{HOST}:{sockets[0].getsockname()[1]}/"
        # One run: nothing is kept warm for a next one.
        settings = replace(
            Settings(), data_dir=self._data, root_dir=str(self._root), warm_kernels=0, warm_runners=0,
            use_fork_server=False,
        )  # fmt: skip
        server = compose.build_server(settings, api_url=f"{self._url}{API_PATH}")
        self._services = server.services
        await server.start()
        try:
            http = self._http()
            http.add_sockets(sockets)
            self.project = (await server.services.projects.at_folder(_caller(), "")).name
            self._ready.set_result(None)
            await self._over.wait()
            http.stop()
            await http.close_all_connections()
        finally:
            await server.stop()

    def _http(self) -> HTTPServer:
        from jupyter_server.auth import AllowAllAuthorizer, IdentityProvider
        from tornado.httpserver import HTTPServer
        from tornado.web import Application

        from notebook_automation.api.router import router

        settings: dict[str, Any] = {
            "base_url": "/",
            "identity_provider": IdentityProvider(token=self._token),
            "authorizer": AllowAllAuthorizer(),
            "cookie_secret": secrets.token_bytes(32),
            "local_hostnames": ["localhost"],
            "notebook_automation": self,
            # A line per request is of no use to whoever runs one notebook.
            "log_function": lambda handler: None,
        }
        logging.getLogger("tornado.access").setLevel(logging.ERROR)
        return HTTPServer(router(Application([], **settings)))


def _caller() -> Any:
    from notebook_automation.domain.access import SYSTEM

    return SYSTEM

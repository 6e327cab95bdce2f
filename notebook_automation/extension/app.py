"""Starts the product in a Jupyter server: settings by traitlets, services once it runs, handlers on demand.

Nothing of the product is imported before the server answers: what is installed but not used costs nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
from dataclasses import MISSING, Field, fields
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_core.paths import jupyter_data_dir
from jupyter_server.extension.application import ExtensionApp
from jupyter_server.utils import url_path_join
from tornado.routing import PathMatches, Rule
from traitlets import Bool, Dict, Float, Int, List, TraitType, Unicode, default
from traitlets.traitlets import MetaHasTraits

from notebook_automation.settings import Settings

from .addresses import URL_PATH, ServerAddresses
from .late_router import LateRouter

if TYPE_CHECKING:
    from collections.abc import Callable

    from tornado.web import Application

    from notebook_automation.compose.server import Server
    from notebook_automation.services.container import Services

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
"""Seconds between two tries at a start that fails: each pause is twice as long as the one before."""

_TRAITS: dict[str, type[TraitType[Any, Any]]] = {
    "str": Unicode,
    "int": Int,
    "float": Float,
    "bool": Bool,
    "list[str]": List,
    "dict[str, list[str]]": Dict,
    "dict[str, dict[str, str]]": Dict,
}


def _default(setting: Field[Any]) -> Any:
    return setting.default_factory() if setting.default_factory is not MISSING else setting.default


class _SettingTraits(MetaHasTraits):
    """Makes a configurable trait of every field of ``Settings``: its help text is the field's, with the unit."""

    def __new__(mcs, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **more: Any) -> type:
        for setting in fields(Settings):
            trait = _TRAITS[str(setting.type)](_default(setting), help=setting.metadata["help"])
            namespace.setdefault(setting.name, trait.tag(config=True))
        return super().__new__(mcs, name, bases, namespace, **more)


class NotebookAutomationApp(ExtensionApp, metaclass=_SettingTraits):
    """Notebook Automation in a Jupyter server."""

    if TYPE_CHECKING:
        public_url: str

    name = "notebook_automation"
    description = "Notebooks as automations: webhooks, schedules, sessions, artifacts."
    extension_url = "/lab"
    load_other_extensions = True

    _starting: asyncio.Task[Server] | None = None
    _keeping: asyncio.Task[None] | None = None
    _start_called: asyncio.Event
    _imported: asyncio.Event
    _failure: BaseException | None = None
    _forwarded = ""
    _stopped = False

    @default("data_dir")
    def _no_data_dir(self) -> str:
        # Jupyter's own trait of that name has another default.
        return ""

    def initialize_handlers(self) -> None:
        """Route everything below our path to handlers that are imported at the first request."""
        self._start_called = asyncio.Event()
        self._imported = asyncio.Event()
        application = self._application()
        pattern = PathMatches(f"{url_path_join(application.settings['base_url'], URL_PATH)}/.*")
        # First, since Jupyter's last rule answers 404 to whatever it does not know.
        router = application.default_router
        router.rules.insert(0, router.process_rule(Rule(pattern, LateRouter(application, self._imported))))

    async def _start_jupyter_server_extension(self, serverapp: Any) -> None:
        self._starting = asyncio.create_task(self._start(), name="notebook-automation")
        self._keeping = asyncio.create_task(self._keep_starting(), name="notebook-automation starts")
        self._start_called.set()
        contents = serverapp.contents_manager
        contents.event_logger.add_listener(schema_id=contents.event_schema_id, listener=self._on_contents_event)

    async def _on_contents_event(self, logger: Any, schema_id: str, data: dict[str, Any]) -> None:
        if data.get("action") not in ("rename", "delete", "save"):
            return
        from notebook_automation.api.contents_events import follow
        from notebook_automation.domain.errors import Unavailable

        try:
            services = await self.services()
        except Unavailable:
            # That it did not start, or stops, is logged once.
            return
        await follow(services, Path(self._jupyter_server().contents_manager.root_dir), data)

    async def stop_extension(self) -> None:
        """Stop the services, so that nothing that runs is left alone."""
        self._stopped = True
        if self._starting is None or self._keeping is None:
            return
        self._keeping.cancel()
        await asyncio.wait([self._starting, self._keeping])
        if self._starting.exception() is not None:
            return
        try:
            await self._starting.result().stop()
        except Exception:
            # Jupyter would neither end its kernels nor itself.
            self.log.exception("Notebook Automation did not stop cleanly")

    def current_activity(self) -> dict[str, int] | None:
        """Return how many sessions run or wait, None if none does: Jupyter does not end a server that is at work."""
        starting = self._starting
        if starting is None or not starting.done() or starting.exception() is not None:
            return None
        count = starting.result().services.sessions.unended_now()
        return {"sessions": count} if count else None

    async def services(self) -> Services:
        """Return the services of this server once it has started.

        Raises Unavailable (``not_started``) when it could not be started (it is tried again), or is stopped again.
        """
        if (running := self.services_now()) is not None:
            return running
        from notebook_automation.domain.errors import Unavailable

        if self._stopped:
            raise Unavailable("The server is stopping: try again when it is back.", code="not_started")
        # A request may come before Jupyter has started its extensions.
        await self._start_called.wait()
        assert self._starting is not None
        if self._failure is not None:
            # It is tried again meanwhile: nobody is to wait for that.
            raise self._not_started(self._failure)
        try:
            return (await asyncio.shield(self._starting)).services
        except Exception as error:
            # The start's own, whatever it is: `_keep_starting` logs it.
            raise self._not_started(error) from error

    def services_now(self) -> Services | None:
        """Return the services of this server while it runs."""
        starting = self._starting
        if starting is None or not starting.done() or self._stopped or starting.exception() is not None:
            return None
        return starting.result().services

    def effective_settings(self) -> Settings:
        """Return the settings as they are configured, the server's own places and zone filled in.

        Raises Invalid for a zone that there is not.
        """
        from notebook_automation.adapters.machine_zone import machine_zone
        from notebook_automation.domain.schedules.zones import zone_of

        values = {setting.name: getattr(self, setting.name) for setting in fields(Settings)}
        values["data_dir"] = os.path.abspath(values["data_dir"] or os.path.join(jupyter_data_dir(), self.name))
        values["root_dir"] = os.path.abspath(values["root_dir"] or self._jupyter_server().root_dir)
        values["timezone"] = values["timezone"] or machine_zone()
        zone_of(values["timezone"])
        return Settings(**values)

    def public_base(self) -> str:
        """Return the address under which others reach this server, with a slash at its end."""
        return self._addresses().public_base(self.public_url)

    def forwarded_from(self, address: str) -> None:
        """Remember by which address a proxy says that it is called: a notebook's kernel does not ask through it."""
        self._forwarded = address

    def _addresses(self) -> ServerAddresses:
        return ServerAddresses(self._jupyter_server(), self._forwarded)

    async def _start(self) -> Server:
        # Imports in a thread: the server answers meanwhile. Requests for us wait, so that nobody imports the same.
        try:
            await asyncio.to_thread(import_module, "notebook_automation.api.router")
            await asyncio.to_thread(import_module, "notebook_automation.compose.builders")
        finally:
            self._imported.set()
        settings = self.effective_settings()
        server = await asyncio.to_thread(_build, settings, self._addresses().api_url(), self.public_base)
        if (http_server := getattr(self._jupyter_server(), "http_server", None)) is not None:
            connections = import_module("notebook_automation.api.connections")
            connections.bound_connections(http_server, settings.connection_idle)
        try:
            await server.start()
        except BaseException:
            # Also where it is called off: its threads and its database are open. What failed first is to be told.
            with contextlib.suppress(Exception):
                await server.stop()
            raise
        if not gc.get_freeze_count():
            # All that was imported stays: to look through it for cycles stops the event loop for up to half a second.
            gc.freeze()
        return server

    async def _keep_starting(self) -> None:
        """Start again, after growing pauses, until it has started: a database may be away, a disk full."""
        pause = _FIRST_PAUSE
        while True:
            assert self._starting is not None
            await asyncio.wait([self._starting])
            self._failure = self._starting.exception()
            if self._failure is None:
                self.log.info("Notebook Automation is ready: %s", self.effective_settings().data_dir)
                await self._look_whether_sessions_reach_us()
                return
            self.log.error(
                "Notebook Automation could not start, and tries again in %g s: %s", pause, self._failure,
                exc_info=None if hasattr(self._failure, "code") else self._failure,
            )  # fmt: skip
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            self._starting = asyncio.create_task(self._start(), name="notebook-automation")

    async def _look_whether_sessions_reach_us(self) -> None:
        from notebook_automation.api.reachability import obstacle

        url = self._addresses().api_url()
        if reason := await asyncio.to_thread(obstacle, url):
            self.log.warning(
                "Sessions do not reach this server at %s: %s. Notebooks run, but what they hand over with "
                "notebook_automation (na.artifact, na.respond, na.emit) fails. Let the server listen on this machine "
                "too: --ServerApp.ip=0.0.0.0, or a certificate that this machine trusts.", url, reason,
            )  # fmt: skip

    def _not_started(self, error: BaseException) -> Exception:
        from notebook_automation.domain.errors import Unavailable

        return Unavailable(f"Notebook Automation could not start: {error}", code="not_started")

    def _jupyter_server(self) -> Any:
        assert self.serverapp is not None
        return self.serverapp

    def _application(self) -> Application:
        application: Application = self._jupyter_server().web_app
        return application


def _build(settings: Settings, api_url: str, public_base: Callable[[], str]) -> Server:
    from notebook_automation.compose.builders import build_server

    return build_server(settings, api_url=api_url, public_base=public_base)

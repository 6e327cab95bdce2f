"""A Jupyter server with this extension alone."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jupyter_server.serverapp import ServerApp
from traitlets.config import Config

from notebook_automation.domain.errors import AutomationError, Unavailable
from notebook_automation.sdk.location import API_PATH


class HeadlessServer(ServerApp):
    """Calls ``ready`` with its addresses once sessions can run, and stops where they cannot."""

    failure: AutomationError | None = None

    def __init__(self, *, ready: Callable[[Mapping[str, Any]], None], **traits: Any) -> None:
        super().__init__(**traits)
        self._ready = ready

    async def _post_start(self) -> None:
        await super()._post_start()  # type: ignore[no-untyped-call]
        extension = self._extension()
        try:
            services = await extension.services()
        except AutomationError as error:
            self.failure = error
            self.stop()
            return
        url = extension.public_base()
        self._ready(
            {
                "url": url,
                "token": self.identity_provider.token,
                "api": url + API_PATH,
                "root_dir": services.settings.root_dir,
                "data_dir": services.settings.data_dir,
            }
        )
        sys.stdout.flush()

    def _extension(self) -> Any:
        (extension,) = self.extension_manager.extension_apps["notebook_automation"]
        return extension


def serve_until_stopped(
    given: Mapping[str, Mapping[str, Any]], settings: Sequence[str], ready: Callable[[Mapping[str, Any]], None]
) -> None:
    """Serve until a signal. ``given`` are settings by class; those that are None are left to Jupyter's configuration.

    ``settings`` are more of them, as ``--Class.name=value``.

    Raises Unavailable where the product cannot be started; SystemExit as Jupyter does (no free port).
    """
    app = HeadlessServer.instance(
        ready=ready,
        open_browser=False,
        # It is a service: Ctrl-C is meant, nobody is there to be asked.
        answer_yes=True,
        default_url=f"/{API_PATH}/docs",
        jpserver_extensions={"notebook_automation": True},
        terminals_enabled=False,
        log_level="WARN",
    )
    app.update_config(Config({name: _without_none(values) for name, values in given.items()}))
    app.initialize(argv=list(settings), find_extensions=False)
    app.start()
    if app.failure is not None:
        raise Unavailable(app.failure.message, code=app.failure.code)


def _without_none(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}

"""A real Jupyter server with our extension, in a thread of the test process, and the services inside it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import queue
import secrets
import threading
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import httpx
import nbformat
from jupyter_server.serverapp import ServerApp

from notebook_automation.demo.jupyterlab import free_port
from notebook_automation.domain.access import Caller
from notebook_automation.services.container import Services
from notebook_automation.store import session_claims
from notebook_automation.store import sessions as session_rows
from notebook_automation.store.database import Database

T = TypeVar("T")
ANA = Caller(kind="user", login="ana")
_PLACES = {"JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime"}


@dataclass
class Server:
    """A running server; ``api`` sends its token, ``stranger`` sends nothing."""

    url: str
    token: str
    root: Path
    app: ServerApp
    services: Services
    database: Database
    loop: asyncio.AbstractEventLoop
    api: httpx.Client
    stranger: httpx.Client

    def run(self, work: Coroutine[Any, Any, T], seconds: float = 30.0) -> T:
        """Return what ``work`` returns in the server's own event loop."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(seconds)

    def notebook(self, path: str, *cells: str | tuple[str, str]) -> str:
        """Write a notebook of code cells, a cell may be (source, tag); return its path under the root."""
        nb = nbformat.v4.new_notebook()
        nb.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        for cell in cells:
            source, tags = (cell, []) if isinstance(cell, str) else (cell[0], [cell[1]])
            nb.cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": tags}))
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(nb, target)
        return path

    def trigger(self, **fields: Any) -> dict[str, Any]:
        """Register a trigger over REST and return it."""
        if "project" not in fields and "notebook" not in fields:
            fields["notebook"] = self.notebook(
                "sales/report.ipynb", ("region = 'emea'\nlimit = 10", "parameters"), "1 + 1"
            )
        answer = self.api.post("triggers", json=fields)
        assert answer.status_code == 201, answer.text
        stored: dict[str, Any] = answer.json()
        return stored

    def begin(self, session_id: str) -> httpx.Client:
        """Make a queued session run as a runner would; return a client that holds its token."""
        token = f"nas_{secrets.token_urlsafe(24)}"

        def work(tx: Any) -> bool:
            claimed = session_claims.claim(tx, "runner", 1000, 600.0)
            assert session_id in {session.id for session in claimed}
            digest = hashlib.sha256(token.encode()).hexdigest()
            return session_claims.acquire(tx, session_id, "runner", 1, token_hash=digest, lease=600.0) is not None

        assert self.run(self.database.write(work))
        headers = {"Authorization": f"Bearer {token}"}
        # Without the certificates, which nobody here needs: to read them takes longer than the requests.
        return httpx.Client(base_url=self.api.base_url, headers=headers, timeout=20, trust_env=False, verify=False)

    def end(self, session_id: str, status: str) -> None:
        """End a session that was begun."""

        def work(tx: Any) -> Any:
            return session_rows.end(tx, session_id, status, owner="runner", attempt=1)  # type: ignore[arg-type]

        assert self.run(self.database.write(work)) is not None


@contextlib.contextmanager
def serve(
    folder: Path, *options: str, token: str | None = None, base_url: str = "/hub/ana/", ip: str = "127.0.0.1"
) -> Iterator[Server]:
    """Run a server whose files are all below ``folder``; ``options`` are those of the command line."""
    root = folder / "root"
    root.mkdir(parents=True)
    token = secrets.token_hex(16) if token is None else token
    port = free_port()
    before = {name: os.environ.get(name) for name in _PLACES}
    os.environ.update({name: str(folder / place) for name, place in _PLACES.items()})
    started: queue.Queue[Any] = queue.Queue()
    arguments = [
        f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--ServerApp.ip={ip}", "--no-browser",
        "--allow-root", f"--ServerApp.root_dir={root}", f"--ServerApp.base_url={base_url}",
        f"--IdentityProvider.token={token}", "--ServerApp.log_level=WARN",
        "--ServerApp.jpserver_extensions=notebook_automation=True", *options,
    ]  # fmt: skip
    thread = threading.Thread(target=lambda: asyncio.run(_main(arguments, started)), name="server")
    thread.start()
    try:
        outcome = started.get(timeout=60)
        if isinstance(outcome, BaseException):
            raise outcome
        app, product, loop, stopping = outcome
        url = f"http://127.0.0.1:{port}{base_url}"
        api_url = f"{url}notebook-automation/api/v1/"
        with (
            httpx.Client(
                base_url=api_url, headers={"Authorization": f"token {token}"}, timeout=30, trust_env=False
            ) as api,
            httpx.Client(base_url=api_url, timeout=30, trust_env=False) as stranger,
        ):
            try:
                yield Server(url, token, root, app, product.services, product.database, loop, api, stranger)
            finally:
                loop.call_soon_threadsafe(stopping.set)
    finally:
        thread.join(60)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


class ThreadedServer(ServerApp):
    def init_signal(self) -> None:
        """Signals belong to the main thread, in which the tests run."""


async def _main(arguments: list[str], started: Any) -> None:
    try:
        app = ThreadedServer()
        app.initialize(arguments, find_extensions=False)
        await app._post_start()
        (extension,) = app.extension_manager.extension_apps["notebook_automation"]
        await extension.services()
        product = extension._starting.result()
    except BaseException as error:  # noqa: BLE001 - the waiting test raises it
        started.put(error)
        return
    stopping = asyncio.Event()
    started.put((app, product, asyncio.get_running_loop(), stopping))
    await stopping.wait()
    await app._cleanup()

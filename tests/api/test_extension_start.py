"""A start that fails is tried again, and a request that comes before anything is imported waits for its handler."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from eventually import eventually, wait_until
from jupyter_server.auth import AllowAllAuthorizer, IdentityProvider
from jupyter_server.serverapp import ServerApp
from serving import serve
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application

from notebook_automation.domain.errors import Unavailable
from notebook_automation.extension import NotebookAutomationApp
from notebook_automation.extension import app as extension_module
from notebook_automation.extension.late_router import LateRouter


@pytest.fixture
async def extension(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    """The extension of a server whose data folder cannot be made: there is a file in its place."""
    monkeypatch.setattr(extension_module, "_FIRST_PAUSE", 0.05)
    (tmp_path / "data").write_text("in the way")
    app = NotebookAutomationApp(data_dir=str(tmp_path / "data"), root_dir=str(tmp_path), run_engine=False)
    app.serverapp = ServerApp()
    place = f"--ServerApp.root_dir={tmp_path}"
    app.serverapp.initialize([place, "--allow-root", "--no-browser"], find_extensions=False, new_httpserver=False)
    app._start_called, app._imported = asyncio.Event(), asyncio.Event()
    yield app
    await app.stop_extension()


async def test_a_start_that_fails_is_tried_again_until_it_succeeds(extension: Any, tmp_path: Path) -> None:
    await extension._start_jupyter_server_extension(extension.serverapp)
    for _ in range(3):
        with pytest.raises(Unavailable, match="could not start") as caught:
            await extension.services()
        assert caught.value.code == "not_started"
    (tmp_path / "data").unlink()

    async def ready() -> bool:
        try:
            return bool(await extension.services())
        except Unavailable:
            return False

    await eventually(ready)
    assert (tmp_path / "data" / "automation.db").exists()


async def test_a_server_that_never_started_ends_all_the_same(extension: Any) -> None:
    await extension._start_jupyter_server_extension(extension.serverapp)
    with pytest.raises(Unavailable):
        await extension.services()
    await extension.stop_extension()
    with pytest.raises(Unavailable, match="is stopping"):
        await extension.services()


async def test_requests_that_come_before_anything_is_imported_wait_and_are_answered() -> None:
    imported, ready = asyncio.Event(), threading.Event()
    settings: dict[str, Any] = {
        "base_url": "/", "identity_provider": IdentityProvider(token="secret"), "authorizer": AllowAllAuthorizer(),
        "cookie_secret": b"x" * 32, "local_hostnames": ["localhost"], "log_function": lambda handler: ready.set(),
    }  # fmt: skip
    server = HTTPServer(LateRouter(Application([], **settings), imported))
    sockets = bind_sockets(0, "127.0.0.1")
    server.add_sockets(sockets)
    url = f"http://127.0.0.1:{sockets[0].getsockname()[1]}/notebook-automation/api/v1/status"
    async with httpx.AsyncClient(trust_env=False, timeout=60) as client:
        waiting = [asyncio.create_task(client.get(url)), asyncio.create_task(client.post(url, content=b"x" * 10_000))]
        done, _ = await asyncio.wait(waiting, timeout=0.05)
        assert not done
        imported.set()
        answers = await asyncio.gather(*waiting)
        later = await client.get(url)
    assert [answer.status_code for answer in answers] == [401, 401]
    assert later.status_code == 401
    server.stop()
    await server.close_all_connections()


def test_a_server_that_its_sessions_do_not_reach_says_so_in_its_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Here its certificate is one that nobody knows, and "0" no name by which this machine knows itself."""
    certificate, key = _certificate(tmp_path)
    options = f"--ServerApp.certfile={certificate}", f"--ServerApp.keyfile={key}"
    logged = ""

    def warned() -> str:
        nonlocal logged
        logged += capsys.readouterr().err
        return next((line for line in logged.splitlines() if "do not reach this server" in line), "")

    with serve(tmp_path, "--NotebookAutomationApp.run_engine=False", *options, ip="0") as server:
        warning = wait_until(warned, lambda: logged)
        assert warning.startswith("[W ")
        assert f"https://0:{server.app.port}/hub/ana/notebook-automation/api/v1" in warning
        assert "certificate" in warning.lower()
        assert "--ServerApp.ip" in warning, "it says what to do"


def _certificate(folder: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    encoding = serialization.Encoding.PEM
    plain = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "cert.pem").write_bytes(made.public_bytes(encoding))
    (folder / "key.pem").write_bytes(plain)
    return folder / "cert.pem", folder / "key.pem"

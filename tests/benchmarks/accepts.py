"""Webhooks accepted per second: committed and synced before each 202, over HTTP, by a real server process."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil

from tests.benchmarks.table import Table, median, milliseconds, percentile

TOKEN = "benchmark"
SECONDS = 4.0
ROUNDS = 3
CONNECTIONS = (1, 16, 64)
SECRET = "benchmark-secret"
PLAIN, SIGNED = "plain", "signed by GitHub, with its id"
BODY = json.dumps({"order": {"id": 7, "items": [{"sku": "a-1", "count": 2}] * 5}, "paid": True}).encode()

BARE = """
import asyncio, sys, tornado.web
class Accept(tornado.web.RequestHandler):
    def post(self, path):
        self.set_status(202)
        self.write({"event_id": "none", "session_ids": []})
async def main():
    server = tornado.web.Application([("/(.*)", Accept)]).listen(0, "127.0.0.1")
    port = next(iter(server._sockets.values())).getsockname()[1]
    print(f"http://127.0.0.1:{port}/", flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """``rate`` is accepts per second, ``latencies`` seconds, ``cpu`` the server's seconds per accept."""

    rate: float
    latencies: list[float]
    cpu: float


def run() -> Table:
    """Post to webhooks with a filter and a call, one of which is signed, and in turn to a bare Tornado."""
    rows = []
    with _server() as (urls, server), _bare() as (bare_url, bare):
        for connections in CONNECTIONS:
            ours: dict[str, list[Measured]] = {what: [] for what in urls}
            peer = []
            for _ in range(ROUNDS):
                for what, url in urls.items():
                    ours[what].append(asyncio.run(_load(url, connections, server, signed=what == SIGNED)))
                peer.append(asyncio.run(_load(bare_url, connections, bare)))
            peer_rate = median([one.rate for one in peer])
            rows += [_row(what, connections, measured, peer_rate) for what, measured in ours.items()]
    return Table(
        title="Durable webhook accepts over HTTP, SQLite (goal: at least 1,500/s, p99 at most 50 ms)",
        columns=(
            "delivery",
            "connections",
            "accepts",
            "p50",
            "p99",
            "server's CPU each",
            "Tornado storing nothing",
            "ratio",
        ),
        rows=rows,
        notes=(
            f"Medians of {ROUNDS} rounds of {SECONDS:g} s; the load comes from another process of the same machine. "
            f"Each accept: {len(BODY)} bytes of JSON, one filter, an event, an enforcement and a session in one "
            "synced commit; what is signed is verified, and each id is taken once. The engine is off, so that no "
            "session takes the processor.",
        ),
    )


def _row(what: str, connections: int, measured: list[Measured], peer_rate: float) -> tuple[str, ...]:
    latencies = [latency for one in measured for latency in one.latencies]
    rate, cpu = median([one.rate for one in measured]), median([one.cpu for one in measured])
    return (
        what, str(connections), f"{rate:,.0f}/s", milliseconds(median(latencies)),
        milliseconds(percentile(latencies, 0.99)), f"{cpu * 1e6:.0f} µs", f"{peer_rate:,.0f}/s",
        f"{rate / peer_rate:.2f} ×",
    )  # fmt: skip


@contextlib.contextmanager
def _server() -> Iterator[tuple[dict[str, str], psutil.Process]]:
    """Start a server; give the URLs of its webhooks by what is sent to them, and its process."""
    with tempfile.TemporaryDirectory(prefix="na-accepts-") as folder:
        root, config = Path(folder) / "root", Path(folder) / "config"
        (root / "shop").mkdir(parents=True)
        config.mkdir()
        (config / "jupyter_server_config.py").write_text(
            "c.NotebookAutomationApp.run_engine = False\n"
            "c.NotebookAutomationApp.webhook_rate = c.NotebookAutomationApp.webhook_source_rate = 0\n"
        )
        command = [sys.executable, "-m", "notebook_automation", "serve", "--json", "--port", "0", "--allow-root"]
        command += ["--root-dir", str(root), "--data-dir", f"{folder}/data", "--token", TOKEN]
        environment = {**os.environ, "JUPYTER_CONFIG_DIR": str(config), "JUPYTER_NO_CONFIG": ""}
        with _process(command, environment) as (process, first_line):
            base = json.loads(first_line)["url"].partition("?")[0].rstrip("/") + "/"
            yield {PLAIN: _webhook(base, "orders"), SIGNED: _signed_webhook(base)}, psutil.Process(process.pid)


@contextlib.contextmanager
def _bare() -> Iterator[tuple[str, psutil.Process]]:
    with _process([sys.executable, "-c", BARE], dict(os.environ)) as (process, first_line):
        yield first_line.strip(), psutil.Process(process.pid)


@contextlib.contextmanager
def _process(command: list[str], environment: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str]]:
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(f"{command} ended with {process.wait()}")
        yield process, line
    finally:
        process.terminate()
        process.wait(30)


def _webhook(base: str, name: str, **fields: Any) -> str:
    """Register a trigger and return its URL."""
    trigger: dict[str, Any] = {
        "type": "webhook", "call": "report.ipynb", "filter": "data.json.paid && data.json.order.id > 1", **fields,
    }  # fmt: skip
    _request(f"{base}notebook-automation/api/v1/triggers", {"name": name, "notebook": "shop/report.ipynb", **trigger})
    answer = _request(f"{base}notebook-automation/api/v1/triggers/shop/{name}", None)
    return (
        base
        + answer["url"].partition("/notebook-automation/")[1].lstrip("/")
        + answer["url"].rpartition("/notebook-automation/")[2]
    )


def _signed_webhook(base: str) -> str:
    """Register a trigger that takes what GitHub signs, each delivery once."""
    url = _webhook(base, "signed", signature={"preset": "github", "secret": "HOOK"})
    variable = f"{base}notebook-automation/api/v1/projects/shop/variables/HOOK"
    _request(variable, {"value": SECRET, "secret": True}, "PUT")
    return url


def _request(url: str, body: Any, method: str | None = None) -> dict[str, Any]:
    headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=30) as answer:
        found: dict[str, Any] = json.loads(answer.read())
        return found


async def _load(url: str, connections: int, server: psutil.Process, *, signed: bool = False) -> Measured:
    """Post from ``connections`` at once, each waiting for its answer, for ``SECONDS``."""
    parts = urlsplit(url)
    assert parts.hostname is not None
    head = f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: application/json\r\n"
    if signed:
        head += f"X-Hub-Signature-256: sha256={hmac.new(SECRET.encode(), BODY, 'sha256').hexdigest()}\r\n"
    head += f"Content-Length: {len(BODY)}\r\n"
    latencies: list[float] = []
    before, began = server.cpu_times(), time.perf_counter()

    async def client() -> None:
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        while (sent := time.perf_counter()) - began < SECONDS:
            # By its id a delivery that comes again is known.
            own = f"X-GitHub-Delivery: {uuid.uuid4()}\r\n" if signed else ""
            writer.write(f"{head}{own}\r\n".encode() + BODY)
            answer = await reader.readuntil(b"\r\n\r\n")
            if not answer.startswith(b"HTTP/1.1 202"):
                raise RuntimeError(answer.decode())
            length = int(answer.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            latencies.append(time.perf_counter() - sent)
        writer.close()

    await asyncio.gather(*(client() for _ in range(connections)))
    taken, after = time.perf_counter() - began, server.cpu_times()
    cpu = after.user + after.system - before.user - before.system
    return Measured(rate=len(latencies) / taken, latencies=latencies, cpu=cpu / len(latencies))

"""`python -m notebook_automation.demo --exit`: the whole product on the example notebooks, as a newcomer sees it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import nbformat
import psutil
import pytest
from tornado.httpclient import HTTPRequest
from tornado.websocket import websocket_connect

from notebook_automation.demo.jupyterlab import DemoFailed, DemoLab, examples


async def in_terminal(lab: str, command: str) -> str:
    """Return what a terminal of the JupyterLab at the address ``lab`` shows until ``command`` has ended there."""
    parts = urlsplit(lab)
    headers = {"Authorization": f"token {parse_qs(parts.query)['token'][0]}"}
    async with httpx.AsyncClient(base_url=f"http://{parts.netloc}", headers=headers, trust_env=False) as http:
        name = (await http.post("/api/terminals", json={}, timeout=60)).json()["name"]
    request = HTTPRequest(f"ws://{parts.netloc}/terminals/websocket/{name}", headers=headers)
    terminal = await websocket_connect(request)
    await terminal.write_message(json.dumps(["stdin", f"{command}; echo END$((1+1))\r"]))
    shown = ""
    async with asyncio.timeout(120):
        while "END2" not in shown:
            kind, *text = json.loads(await terminal.read_message() or '["stdout", "END2 (closed)"]')
            shown += text[0] if kind == "stdout" else ""
    terminal.close()
    return shown


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_everything_in_the_demonstration_happens_and_ends_at_a_signal(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "notebook_automation.demo", "--folder", str(tmp_path / "demo")]
    demo = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert demo.stdout is not None
    told = []
    for line in demo.stdout:
        told.append(line)
        if line.startswith("Ctrl-C"):
            typed = asyncio.run(in_terminal(told[-2].strip(), "jupyter automation trigger list"))
            [answer] = [line.strip() for line in told if "automation inquiry answer" in line]
            answered = asyncio.run(in_terminal(told[-2].strip(), answer))
            demo.send_signal(signal.SIGTERM)
    assert demo.wait(60) == 128 + signal.SIGTERM, "".join(told)
    assert "✗" not in "".join(told)
    assert any("the cell answered" in line for line in told)
    assert "sales_report/weekday_report" in typed, typed
    assert any("The nightly report ran twice, and arrived" in line for line in told)
    assert any("cells differ from what was approved" in line for line in told)
    assert "waits for anyone" in answered, answered
    left = [
        p.info["cmdline"]
        for p in psutil.process_iter(["cmdline"])
        if str(tmp_path) in " ".join(p.info["cmdline"] or [])
    ]
    assert left == []


def test_a_demonstration_beside_another_says_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "jupyter").mkdir()
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        (tmp_path / "jupyter" / "port").write_text(str(port))
        with pytest.raises(DemoFailed, match=f"Port {port} is taken: does this demonstration run already"):
            DemoLab(tmp_path).start()


@pytest.mark.parametrize("file", sorted(examples().rglob("*.ipynb")), ids=lambda file: file.name)
def test_an_example_opens_clean(file: Path) -> None:
    notebook = nbformat.read(file, as_version=4)
    nbformat.validate(notebook)
    assert notebook.cells[0].cell_type == "markdown"
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(cell.outputs == [] and cell.execution_count is None for cell in code)
    assert notebook.metadata.kernelspec.name == "python3"

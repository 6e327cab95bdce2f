"""A notebook streams its answer to who waits for it, with real kernels on both databases; another goes away."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from eventually import wait_until
from serving import Server, serve

SET_UP = """import os, time
import notebook_automation as na

def wait_for(path):
    while not os.path.exists(path):
        time.sleep(0.02)
"""
HANDLER = """%%trigger rows --webhook --sync
secret, wanted = na.var("TOKEN"), na.event.data.json
na.respond(json={"row": 1}, status=201, headers={"X-Kind": "rows"}, more=True)
wait_for(wanted.gate)
for part in (secret[:5], secret[5:], "\\n"):
    na.http_outcome(500, body=part, more=True)
na.respond(body=b"x" * 300_000, more=True)
na.respond(json={"row": 2})
open(wanted.gate + ".after", "w").write("it goes on")
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_rows_come_as_they_are_made_and_who_goes_away_is_not_missed(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    database_url = "" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    with serve(tmp_path / "server", f"--NotebookAutomationApp.database_url={database_url}") as server:
        notebook = server.notebook("shop/rows.ipynb", SET_UP, HANDLER)
        fields = {"type": "webhook", "is_sync": True, "notebook": notebook, "handler": "rows", "sync_time": 120}
        plain, warm = (
            server.trigger(name=name, warm=name == "warm", **fields) for name in ("plain", "warm")
        )  # fmt: skip
        secret = {"value": "s3cr3t-canary", "secret": True}
        assert server.api.put(f"projects/{plain['project']}/variables/TOKEN", json=secret).status_code == 200
        for trigger in (plain, warm, warm):
            _answered(server, trigger, tmp_path / f"gate{len(list(tmp_path.iterdir()))}")
        _left(server, plain, tmp_path / "left")


def _answered(server: Server, trigger: dict[str, Any], gate: Path) -> None:
    """Read the answer as it comes: its end is made only after its beginning was read."""
    with httpx.stream("POST", trigger["url"], json={"gate": str(gate)}, timeout=120, trust_env=False) as answer:
        assert (answer.status_code, answer.headers["X-Kind"]) == (201, "rows"), answer.read()
        assert answer.headers["Content-Type"] == "application/x-ndjson"
        parts = answer.iter_raw()
        body = next(parts)
        assert json.loads(body) == {"row": 1}
        gate.touch()
        body += b"".join(parts)
    assert body == b'{"row":1}\n***\n' + b"x" * 300_000 + b'{"row":2}\n'
    session = _ended(server, answer.headers["X-Event-Id"])
    assert (session["status"], session["error"]) == ("completed", None)
    assert gate.with_name(f"{gate.name}.after").exists()


def _left(server: Server, trigger: dict[str, Any], gate: Path) -> None:
    """Go away in the middle: the session does not notice, and nothing is kept for who left."""
    with httpx.stream("POST", trigger["url"], json={"gate": str(gate)}, timeout=120, trust_env=False) as answer:
        # Held, since the connection is closed when nobody can read on.
        parts = answer.iter_raw()
        assert json.loads(next(parts)) == {"row": 1}
        wait_until(lambda: server.services.responses._waiting)
    wait_until(lambda: not server.services.responses._waiting, "nobody waits any longer")
    gate.touch()
    assert _ended(server, answer.headers["X-Event-Id"])["status"] == "completed"
    assert gate.with_name("left.after").exists()


def _ended(server: Server, event_id: str) -> dict[str, Any]:
    [session_id] = server.api.get(f"events/{event_id}").json()["session_ids"]
    session: dict[str, Any] = {}

    def has_ended() -> bool:
        session.update(server.api.get(f"sessions/{session_id}").json())
        return session["finished_at"] is not None

    wait_until(has_ended, lambda: f"the end of {session_id}, which is {session['status']}")
    return session

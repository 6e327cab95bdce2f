"""A webhook from end to end: posted to a real server, handled by a cell in a real kernel, answered, gone on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from eventually import wait_until
from serving import Server, serve

HANDLER = """%%trigger double --webhook --sync
import notebook_automation as na

total = na.event.data.json.total
na.respond(json={"double": 2 * total, "who": who}, status=201, headers={"X-Kind": "test"})
na.artifact("kept after the answer", "after.txt")
na.progress(1.0, "done")
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(tmp_path_factory.mktemp("answered")) as running:
        yield running


def test_a_cell_answers_and_the_session_goes_on(server: Server) -> None:
    notebook = server.notebook("shop/orders.ipynb", "who = 'set-up'", HANDLER)
    trigger = server.trigger(name="double", type="webhook", is_sync=True, notebook=notebook, handler="double")
    answer = httpx.post(trigger["url"], json={"total": 21}, timeout=60, trust_env=False)
    assert (answer.status_code, answer.json()) == (201, {"double": 42, "who": "set-up"})
    assert answer.headers["X-Kind"] == "test"
    [session_id] = server.api.get(f"events/{answer.headers['X-Event-Id']}").json()["session_ids"]
    session = _ended(server, session_id)
    assert (session["status"], session["error"]) == ("completed", None)
    assert session["progress"] == {"value": 1.0, "message": "done"}
    names = {one["name"] for one in server.api.get("artifacts", params={"session": session_id}).json()["items"]}
    assert {"orders.ipynb", "after.txt"} <= names
    path = next(
        one["drive_path"]
        for one in server.api.get("artifacts", params={"session": session_id}).json()["items"]
        if one["name"] == "orders.ipynb"
    )
    shown = server.api.get(f"contents/{path}", params={"type": "notebook"}).json()
    assert all(not cell["metadata"]["trusted"] for cell in shown["content"]["cells"] if cell["cell_type"] == "code")


def test_a_handler_that_fails_before_it_answers_is_502(server: Server) -> None:
    notebook = server.notebook("broken/orders.ipynb", "%%trigger fails --webhook --sync\n1 / 0")
    trigger = server.trigger(name="fails", type="webhook", is_sync=True, notebook=notebook, handler="fails")
    answer = httpx.post(trigger["url"], json={}, timeout=60, trust_env=False)
    assert (answer.status_code, answer.json()["code"]) == (502, "no_answer")
    assert "failed" in answer.json()["detail"]
    [session_id] = server.api.get(f"events/{answer.headers['X-Event-Id']}").json()["session_ids"]
    error = server.api.get(f"sessions/{session_id}").json()["error"]
    assert error["ename"] == "ZeroDivisionError"


def _ended(server: Server, session_id: str) -> dict[str, Any]:
    session: dict[str, Any] = {}

    def has_ended() -> bool:
        session.update(server.api.get(f"sessions/{session_id}").json())
        return session["finished_at"] is not None

    wait_until(has_ended, lambda: f"the end of {session_id}, which is {session['status']}")
    return session

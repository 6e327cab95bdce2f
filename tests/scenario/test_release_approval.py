"""The example that asks for approval, with real kernels: what is shown, in two stages, beside the last approved run."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from eventually import wait_until
from serving import Server, serve

from notebook_automation.demo.jupyterlab import examples
from notebook_automation.execution.journal import has_mark, journal_name
from notebook_automation.execution.workspaces import sessions_folder
from notebook_automation.sdk.output_marks import mark_at

OPTIONS = ("--NotebookAutomationApp.park_after=0.1", "--NotebookAutomationApp.max_sessions=1")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(tmp_path_factory.mktemp("release"), *OPTIONS) as running:
        shutil.copytree(examples() / "release_approval", running.root / "release_approval")
        yield running


def test_a_release_is_shown_approved_twice_and_published(server: Server) -> None:
    session_id = start(server, most=0.1)
    inquiry = asked_by(server, session_id)
    assert inquiry["title"] == "Publish the price list 2026.12?"
    assert [(one["name"], one["kind"]) for one in inquiry["shown"]] == [
        ("checks", "page"),
        ("checks", "alternative"),
        ("average prices", "image"),
        ("large changes", "page"),
        ("large changes", "alternative"),
        ("release.ipynb", "notebook"),
    ]
    shown = [server.api.get(f"inquiries/{inquiry['id']}/shown/{one['number']}").content for one in inquiry["shown"]]
    assert b"prices that change" in shown[0]
    assert b"prices that change" in shown[1]
    assert shown[2].startswith(b"\x89PNG")
    before = notebook_of(server, inquiry)
    assert before["approved"] is None
    [asking] = [cell for cell in before["cells"] if cell["is_asking"]]
    assert "na.inquire(" in asking["source"]
    figure = next(cell for cell in before["cells"] if "plt.subplots" in cell["source"])
    assert "image/png" in figure["outputs"][0]["data"], "what the cells before have shown is there"
    answer(server, inquiry)
    assert server.api.get(f"inquiries/{inquiry['id']}").json()["stage"] == 1
    answer(server, inquiry)
    ended = in_status(server, session_id, "completed", "failed")
    assert ended["status"] == "completed", ended
    kept = server.api.get("artifacts", params={"session": session_id}).json()["items"]
    assert "price_list_2026.12.csv" in {one["name"] for one in kept}

    second = start(server, most=0.05)
    again = notebook_of(server, asked_by(server, second))
    assert again["approved"]["session_id"] == session_id
    kinds = {again["cells"][one["after"]]["source"].splitlines()[0]: one for one in again["changes"]}
    parameters = kinds["# Parameters"]
    assert parameters["kind"] == "edited"
    assert parameters["lines"][-2:] == [["-", "most = 0.1"], ["+", "most = 0.05"]]
    checks = next(one for first, one in kinds.items() if first.startswith('assert prices["product"]'))
    assert checks["kind"] == "outputs"
    assert any("by more than 5%" in text for mark, text in checks["lines"] if mark == "+")
    unchanged = [one for one in again["changes"] if one["kind"] == "same"]
    assert len(unchanged) == len(again["cells"]) - 2, again["changes"]
    assert server.api.post(f"sessions/{second}/cancel").is_success
    in_status(server, second, "cancelled")


def test_what_the_asking_cell_has_printed_is_shown_whether_it_is_durable_or_not(server: Server) -> None:
    source = "import notebook_automation as na\nprint('just now')\nna.inquire('Go on?')"
    body = {"notebook": server.notebook("asks/plain.ipynb", "1", source, "2"), "is_durable": False}
    session_id = str(server.api.post("sessions", json=body).json()["id"])
    found: list[Any] = []

    def is_asked() -> bool:
        found[:] = server.api.get("inquiries", params={"session_id": session_id}).json()["items"]
        return found != []

    wait_until(is_asked, "it asks")
    cells = notebook_of(server, found[0])["cells"]
    assert [cell["is_asking"] for cell in cells] == [False, True, False]
    printed = cells[1]["outputs"][0]["text"]
    assert "".join(printed) == "just now\n"
    folder = sessions_folder(server.services.settings) / session_id
    journal = (folder / journal_name("plain.ipynb")).read_bytes()
    assert has_mark(journal, mark_at(-1, 0, 0)), "the server need not wait until nothing more is saved"
    assert server.api.post(f"sessions/{session_id}/cancel").is_success
    in_status(server, session_id, "cancelled")


def start(server: Server, **parameters: Any) -> str:
    body = {"notebook": "release_approval/release.ipynb", "is_durable": True, "parameters": parameters}
    answer = server.api.post("sessions", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def asked_by(server: Server, session_id: str) -> Any:
    """Return the session's inquiry, once it waits for it without a process."""
    in_status(server, session_id, "waiting")
    [inquiry] = server.api.get("inquiries", params={"session_id": session_id}).json()["items"]
    return inquiry


def notebook_of(server: Server, inquiry: Any) -> Any:
    found = server.api.get(f"inquiries/{inquiry['id']}/notebook")
    assert found.status_code == 200, found.text
    return found.json()


def answer(server: Server, inquiry: Any) -> None:
    given = server.api.post(f"inquiries/{inquiry['id']}/answers", json={"decision": "approve"})
    assert given.status_code == 200, given.text


def in_status(server: Server, session_id: str, *statuses: str) -> Any:
    found: dict[str, Any] = {}

    def there() -> bool:
        found.update(server.api.get(f"sessions/{session_id}").json())
        return found["status"] in statuses

    def how() -> str:
        log = server.api.get(f"sessions/{session_id}/log").json()["items"]
        return f"{found}\n" + "\n".join(line["text"] for line in log)

    wait_until(there, how)
    return found

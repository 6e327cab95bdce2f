"""A durable session asks people, with real kernels on both databases, through a restart of the server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from eventually import wait_until
from serving import Server, serve

from notebook_automation.domain.access import Caller
from notebook_automation.domain.inquiry_decisions import Given
from notebook_automation.services.inquiries import Search

CELLS = (
    "import notebook_automation as na\nreleased = []",
    "for region in ['eu', 'us', 'apac']:\n"
    "    if na.inquire(f'Release {region}?', assigned_to='bea'):\n        released.append(region)\n"
    "print('released', released)",
    "def ask():\n    return na.inquire('Two stages?', stages=[['bea'], {'of': ['cy', 'dan'], 'approvals': 2}])\n"
    "print('staged', ask().by)",
    "found = na.inquire_all([{'prompt': 'One?'}, {'prompt': 'Which?', 'schema': ['x', 'y']}])\n"
    "print('both', found[0].approved, found[1].value)",
    "late = na.inquire('Late?', assigned_to='bea', timeout=0.5, on_timeout=na.Escalate('cy', '1 h'))\n"
    "print('late', late.approved, late.by)",
    "gone = na.inquire('Nobody?', assigned_to='bea', timeout=0.5)\nprint('nobody', gone.approved, gone.status)",
)


@contextmanager
def served(folder: Path, database_url: str) -> Iterator[Server]:
    """Serve ``folder``, anew or as it was left."""
    options = (
        "--NotebookAutomationApp.park_after=0.1", "--NotebookAutomationApp.max_sessions=1",
        f"--NotebookAutomationApp.database_url={database_url}",
    )  # fmt: skip
    root, kept = folder / "root", folder / "kept"
    if root.exists():
        root.rename(kept)
    with serve(folder, *options) as server:
        if kept.exists():
            root.rmdir()
            kept.rename(root)
        yield server


def pending(server: Server, session_id: str, title: str) -> Any:
    """Return the inquiry of this title once it waits."""
    found: dict[str, Any] = {}

    def there() -> bool:
        query = {"session_id": session_id, "status": "pending"}
        found.update({one["title"]: one for one in server.api.get("inquiries", params=query).json()["items"]})
        return title in found

    wait_until(there, lambda: told(server, session_id))
    return found[title]


def answer(server: Server, session_id: str, title: str, who: str, **given: Any) -> Any:
    inquiry = pending(server, session_id, title)
    caller = Caller(kind="user", login=who)
    asked = server.services.inquiry_answers.answer(
        caller, inquiry["id"], Given(**(given or {"decision": "approve"})), "rest"
    )
    return server.run(asked).inquiry


def in_status(server: Server, session_id: str, *statuses: str) -> None:
    wait_until(
        lambda: server.api.get(f"sessions/{session_id}").json()["status"] in statuses, lambda: told(server, session_id)
    )


def told(server: Server, session_id: str) -> str:
    log = server.api.get(f"sessions/{session_id}/log").json()["items"]
    return f"{server.api.get(f'sessions/{session_id}').json()}\n" + "\n".join(line["text"] for line in log)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_session_asks_in_a_loop_in_stages_several_at_once_and_in_vain(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    database_url = "" if kind == "sqlite" else request.getfixturevalue("postgres_url")
    with served(tmp_path, database_url) as server:
        notebook = server.notebook("shop/asks.ipynb", *CELLS)
        started = server.api.post("sessions", json={"notebook": notebook, "is_durable": True})
        session_id = started.json()["id"]
        answer(server, session_id, "Release eu?", "bea")
        pending(server, session_id, "Release us?")
        in_status(server, session_id, "waiting")
    with served(tmp_path, database_url) as server:
        in_status(server, session_id, "waiting")
        answer(server, session_id, "Release us?", "bea", decision="reject")
        answer(server, session_id, "Release apac?", "bea")
        for who in ("bea", "dan", "cy"):
            answer(server, session_id, "Two stages?", who)
        answer(server, session_id, "Which?", "bea", value="y", has_value=True)
        answer(server, session_id, "One?", "cy")
        escalated = pending(server, session_id, "Late?")["id"]
        wait_until(
            lambda: "cy" in server.api.get(f"inquiries/{escalated}").json()["stages"][0]["of"], "it is escalated"
        )
        answer(server, session_id, "Late?", "cy")
        in_status(server, session_id, "completed", "failed")
        log = server.api.get(f"sessions/{session_id}/log").json()["items"]
        assert [line["text"] for line in log if line["kind"] == "print"] == [
            "released ['eu', 'apac']",
            "staged ['bea', 'dan', 'cy']",
            "both True y",
            "late True ['cy']",
            "nobody False timeout",
        ], told(server, session_id)
        # Whatever ran again asked nobody again.
        whole = server.run(
            server.services.inquiries.listed(Caller(kind="user", login="bea"), Search(session_id=session_id), limit=50)
        )
        assert len(whole[0]) == 8


def test_a_session_that_waits_with_its_kernel_leaves_its_place_to_others(tmp_path: Path) -> None:
    with served(tmp_path, "") as server:
        asks = server.notebook("shop/keeps.ipynb", "import notebook_automation as na\nprint(bool(na.inquire('Go?')))")
        waits = server.api.post("sessions", json={"notebook": asks}).json()["id"]
        pending(server, waits, "Go?")
        other = server.notebook("shop/other.ipynb", "print('here')")
        runs = server.api.post("sessions", json={"notebook": other}).json()["id"]
        in_status(server, runs, "completed")
        assert server.api.get(f"sessions/{waits}").json()["status"] == "running"
        answer(server, waits, "Go?", "bea")
        in_status(server, waits, "completed")

"""A durable session that waits has no process, and goes on with its variables as they were, whoever was restarted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from command_lines import command_line
from eventually import wait_until
from serving import Server, serve

OPTIONS = ("--NotebookAutomationApp.park_after=0.1", "--NotebookAutomationApp.max_sessions=1")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serve(tmp_path_factory.mktemp("waits"), *OPTIONS) as running:
        yield running


def start(server: Server, name: str, *cells: str, **options: Any) -> str:
    notebook = server.notebook(f"shop/{name}.ipynb", "import notebook_automation as na\nseen = [1]", *cells)
    answer = server.api.post("sessions", json={"notebook": notebook, "is_durable": True, **options})
    assert answer.status_code == 201, answer.text
    session_id: str = answer.json()["id"]
    return session_id


def session_of(server: Server, session_id: str) -> dict[str, Any]:
    found: dict[str, Any] = server.api.get(f"sessions/{session_id}").json()
    return found


def in_status(server: Server, session_id: str, *statuses: str) -> dict[str, Any]:
    def there() -> bool:
        return session_of(server, session_id)["status"] in statuses

    def how() -> str:
        log = server.api.get(f"sessions/{session_id}/log").json()["items"]
        return f"{session_of(server, session_id)}\n" + "\n".join(line["text"] for line in log)

    wait_until(there, how)
    return session_of(server, session_id)


def printed(server: Server, session_id: str) -> list[str]:
    log = server.api.get(f"sessions/{session_id}/log").json()["items"]
    return [line["text"] for line in log if line["kind"] == "print"]


def processes_of(session_id: str) -> list[str]:
    found = []
    for place in Path("/proc").glob("[0-9]*/environ"):
        try:
            if session_id.encode() in place.read_bytes():
                found.append(place.parent.name)
        except OSError:
            continue
    return found


def test_a_session_waits_for_a_signal_without_a_process(server: Server) -> None:
    session_id = start(
        server, "signal",
        "seen.append(2)\nprint('asks')\nanswer = na.wait('go')\nprint('got', answer, seen)",
        "def ask():\n    seen.append(3)\n    return na.next_signal('again', timeout='1 h')\nprint(ask().payload, seen)",
    )  # fmt: skip
    parked = in_status(server, session_id, "waiting")
    assert parked["waiting_for"] is not None
    wait_until(lambda: processes_of(session_id) == [], "no process is left")
    # Another session takes its place meanwhile.
    other = start(server, "other", "print('fine')")
    in_status(server, other, "completed")
    assert server.api.post(f"sessions/{session_id}/signals", json={"name": "go", "payload": {"by": "ana"}}).is_success
    wait_until(lambda: session_of(server, session_id)["attempt"] == 2, "it goes on")
    in_status(server, session_id, "waiting")
    assert server.api.post(f"sessions/{session_id}/signals", json={"name": "again", "payload": 5}).is_success
    ended = in_status(server, session_id, "completed", "failed")
    assert (ended["status"], ended["attempt"]) == ("completed", 3)
    # What ran before the wait did not run again; the piece with the second wait, deeper inside, did, on what was saved.
    assert printed(server, session_id) == ["asks", "got {'by': 'ana'} [1, 2]", "5 [1, 2, 3]"]
    wait_until(lambda: processes_of(session_id) == [], "no process is left")


def test_a_session_sleeps_and_wakes_by_itself(server: Server) -> None:
    session_id = start(server, "sleeps", "na.sleep(1.5)\nprint('awake', seen)")
    ended = in_status(server, session_id, "completed", "failed")
    assert (ended["status"], ended["attempt"]) == ("completed", 2), ended
    assert printed(server, session_id) == ["awake [1]"]


def test_what_could_not_go_on_waits_with_its_kernel_and_says_why(server: Server) -> None:
    session_id = start(
        server, "kept",
        "import socket\nplug = socket.socket()",
        "print(na.wait('go'), plug.fileno() > 0)",
    )  # fmt: skip

    def says() -> bool:
        log = server.api.get(f"sessions/{session_id}/log").json()["items"]
        return any("keeps its kernel while it waits" in line["text"] and "`plug`" in line["text"] for line in log)

    wait_until(says, "the log says why")
    assert session_of(server, session_id)["status"] == "running"
    server.api.post(f"sessions/{session_id}/signals", json={"name": "go"})
    ended = in_status(server, session_id, "completed", "failed")
    assert (ended["status"], ended["attempt"]) == ("completed", 1), ended
    assert printed(server, session_id) == ["None True"]


def test_a_waiting_session_is_cancelled_at_once(server: Server) -> None:
    session_id = start(server, "cancelled", "print('before')\nna.wait('never')", "print('never')", report="html")
    in_status(server, session_id, "waiting")
    assert server.api.post(f"sessions/{session_id}/cancel").is_success
    assert session_of(server, session_id)["status"] == "cancelled"
    # What it leaves is what one leaves that is cancelled while it runs.

    def left() -> dict[str, str]:
        found = server.api.get(f"artifacts?session={session_id}").json()["items"]
        return {one["name"]: one["id"] for one in found}

    wait_until(lambda: set(left()) == {"cancelled.ipynb", "cancelled.html"}, left)
    made = left()
    nb = nbformat.reads(server.api.get(f"artifacts/{made['cancelled.ipynb']}/content").text, as_version=4)
    cells = [cell for cell in nb.cells if cell.cell_type == "code"]
    assert [cell.metadata.papermill.status for cell in cells] == ["completed", "failed", "pending"]
    assert cells[1].outputs[0].text == "before\n"
    assert nb.metadata.papermill.exception
    assert "An Exception was encountered at" in nb.cells[0].source
    assert "before" in server.api.get(f"artifacts/{made['cancelled.html']}/content").text


def test_steps_before_a_wait_are_not_done_again_when_it_ends(server: Server, tmp_path: Path) -> None:
    effects = tmp_path / "effects"
    session_id = start(
        server, "steps",
        f"def effect(what, result):\n    open({str(effects)!r}, 'a').write(what + ' ')\n    return result\n"
        # Within a function: what comes before the wait in its cell runs again.
        "def ask():\n    return na.wait('go')\n"
        "small = na.step('small', effect, 'small', [1])\nlarge = na.step('large', effect, 'large', b'x' * 400_000)\n"
        "answer = ask()\nna.step('after', effect, 'after', None)\nprint(small, len(large), answer)",
    )  # fmt: skip
    in_status(server, session_id, "waiting")
    wait_until(lambda: processes_of(session_id) == [], "no process is left")
    done = server.api.get(f"sessions/{session_id}/steps").json()["items"]
    assert [(step["name"], step["status"], step["shown"]) for step in done] == [
        ("small", "done", "[1]"), ("large", "done", "bytes, 400,009 bytes"),
    ]  # fmt: skip
    assert server.api.post(f"sessions/{session_id}/signals", json={"name": "go", "payload": 7}).is_success
    in_status(server, session_id, "completed")
    assert effects.read_text().split() == ["small", "large", "after"]
    assert printed(server, session_id) == ["[1] 400000 7"]


@pytest.fixture(params=["sqlite", "postgresql"])
def options(request: pytest.FixtureRequest) -> tuple[str, ...]:
    """The options of a server with a database of its own."""
    if request.param == "sqlite":
        return OPTIONS
    url = request.getfixturevalue("empty_postgres_url")
    return (*OPTIONS, f"--NotebookAutomationApp.database_url={url}")


def test_the_first_event_of_two_triggers_wakes_it_whose_worker_is_gone(
    options: tuple[str, ...], tmp_path: Path
) -> None:
    others = set(psutil.Process().children(recursive=True))  # of servers that other tests left running
    with serve(tmp_path, *options) as server:
        notebook = server.notebook("shop/none.ipynb", "1")
        # A folder becomes a project with its first trigger that calls something.
        first = server.api.post("triggers", json={"name": "first", "type": "webhook", "notebook": notebook})
        assert first.status_code == 201, first.text
        for name in ("orders", "returns"):
            made = server.api.post("triggers", json={"name": name, "type": "webhook", "project": "shop"})
            assert made.status_code == 201, made.text
        session_id = start(
            server, "events", "both = [na.subscribe('orders'), na.subscribe('returns')]",
            "print('first', na.next_event(both, timeout='1 h')['json']['n'], seen)",
            "print('then', na.next_event(both, timeout=0.5))",
        )  # fmt: skip
        in_status(server, session_id, "waiting")
        children = set(psutil.Process().children(recursive=True)) - others
        [supervisor] = [one for one in children if "supervisor" in " ".join(command_line(one))]
        supervisor.kill()
        psutil.wait_procs([supervisor], timeout=30)
        delivered = server.stranger.post(made.json()["url"], json={"n": 7})
        assert delivered.is_success, delivered.text
        ended = in_status(server, session_id, "completed", "failed")
        assert printed(server, session_id) == ["first 7 [1]", "then None"], ended


def test_it_waits_through_a_restart_of_the_server(options: tuple[str, ...], tmp_path: Path) -> None:
    with serve(tmp_path, *options) as before:
        session_id = start(before, "restarted", "print(na.wait('go'), seen)", "print(na.wait('more'))")
        in_status(before, session_id, "waiting")
    (tmp_path / "root").rename(tmp_path / "there")
    with serve(tmp_path, *options) as after:
        (tmp_path / "root").rmdir()
        (tmp_path / "there").rename(tmp_path / "root")
        assert session_of(after, session_id)["status"] == "waiting"
        after.api.post(f"sessions/{session_id}/signals", json={"name": "go", "payload": 1})
        after.api.post(f"sessions/{session_id}/signals", json={"name": "more", "payload": 2})
        ended = in_status(after, session_id, "completed", "failed")
        assert printed(after, session_id) == ["1 [1]", "2"], ended

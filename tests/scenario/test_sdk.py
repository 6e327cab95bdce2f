"""The SDK in real sessions and in an open notebook of a real server."""

from __future__ import annotations

import json
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from open_notebook import TOKEN, JupyterServer, OpenNotebook, write_notebook

SETUP = "import notebook_automation as na"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    """A Jupyter server with our extension."""
    made = JupyterServer(root=tmp_path_factory.mktemp("root"), data=tmp_path_factory.mktemp("data"))
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def notebook(server: JupyterServer) -> Iterator[OpenNotebook]:
    """A notebook of the project `lab`, open."""
    opened = OpenNotebook(server, "lab/main.ipynb", [SETUP])
    yield opened
    opened.close()


def _content(server: JupyterServer, artifact: Any) -> tuple[bytes, str]:
    request = urllib.request.Request(
        f"{server.url}notebook-automation/api/v1/artifacts/{artifact['id']}/content",
        headers={"Authorization": f"token {TOKEN}"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read(), answer.headers["Content-Type"]


def test_an_open_notebook_keeps_artifacts_by_hand(server: JupyterServer, notebook: OpenNotebook) -> None:
    name = f"sales-{uuid.uuid4().hex[:6]}"
    shown = notebook.run(
        f"import pandas\nkept = na.artifact(pandas.DataFrame({{'a': [1, 2]}}), '{name}', keep='2 versions', "
        "description='by hand')\nkept"
    )
    assert shown.error is None, shown.text
    assert f"{name}.csv, version 1" in shown.text
    stored = server.api("GET", f"artifacts/{notebook.value('kept.id')}")
    assert (stored["type"], stored["project"], stored["meta"]["rows"]) == ("file_datatable", "lab", 2)
    assert stored["meta"]["description"] == "by hand"
    assert _content(server, stored)[0] == b"a\n1\n2\n"
    assert notebook.value(f"na.artifact(pandas.DataFrame({{'a': [3]}}), '{name}').version") == 2
    request = urllib.request.Request(notebook.value("kept.url"), headers={"Authorization": f"token {TOKEN}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.read() == b"a\n1\n2\n"
    link = notebook.value("na.artifact('https://example.org/x', 'site', type='url').to_dict()")
    assert (link["type"], link["url"]) == ("url", "https://example.org/x")


def test_what_is_too_large_is_refused_with_the_limit(notebook: OpenNotebook) -> None:
    shown = notebook.run("na.artifact(bytes(60 * 1024 * 1024), 'big.bin')")
    assert shown.error is not None
    assert shown.error.startswith("Refused: big.bin is 62.9 MB."), shown.error
    assert "50 MiB" in shown.error
    assert notebook.run("na.artifact('small', 'small')").error is None


def test_a_session_tells_keeps_and_starts(server: JupyterServer, notebook: OpenNotebook) -> None:
    """One session uses everything; what it did is read back over REST."""
    child = ["n = 1", SETUP, "na.outcome({'doubled': 2 * n}, more=False)"]
    write_notebook(server.root / "lab" / "child.ipynb", child, {0: ["parameters"]})
    server.api("PUT", "projects/lab/variables/BUDGET", {"value": "100", "secret": True})
    notebook.save(
        [
            "factor = 3",
            SETUP,
            "import pandas\nfrom matplotlib import pyplot\n"
            "for turn in range(2000):\n    na.progress((turn + 1) / 2000, f'turn {turn}')",
            "na.artifact(pandas.DataFrame({'a': range(factor)}), 'table')\n"
            "na.artifact(pyplot.figure(), 'plot')\nna.artifact({'factor': factor}, 'facts')",
            "na.outcome({'budget': na.var('BUDGET')})\nna.respond(json={'ok': True})",
            "started = na.start('child.ipynb', n=21).wait(60)\n"
            "print(started.status, started.parent_id == na.session.id)",
            "print(dict(na.params), bool(na.event), na.session.attempt, na.session.call, na.session.project)\n"
            "receipt = na.emit('lab_done', {'factor': factor})\nprint(receipt.event_id[:4])",
        ],
        {0: ["parameters"]},
    )
    started = server.api("POST", "sessions", {"notebook": "lab/main.ipynb", "parameters": {"factor": 5}})
    ended = server.ended(started["id"])
    log = server.api("GET", f"sessions/{started['id']}/log")["items"]
    assert ended["status"] == "completed", (ended["error"], log)
    assert ended["progress"] == {"value": 1.0, "message": "turn 1999"}
    printed = "".join(entry["text"] for entry in log if entry["kind"] == "print")
    assert "completed True" in printed
    assert "{'factor': 5} False 1 main.ipynb lab" in printed
    assert "evt_" in printed
    kept = {item["name"]: item for item in server.api("GET", f"artifacts?session={started['id']}")["items"]}
    assert {"table.csv", "plot.png", "facts.json", "main.ipynb"} <= set(kept)
    assert _content(server, kept["table.csv"])[0] == b"a\n0\n1\n2\n3\n4\n"
    outcomes = server.api("GET", f"sessions/{started['id']}/outcomes")["items"]
    assert [(each["value"], each["more"]) for each in outcomes] == [({"budget": "100"}, True), ({"ok": True}, False)]
    children = server.api("GET", f"sessions?parent={started['id']}")["items"]
    assert [each["parameters"] for each in children] == [{"n": 21}]


def test_an_open_notebook_starts_and_waits(server: JupyterServer, notebook: OpenNotebook) -> None:
    file = server.root / "lab" / "program.py"
    file.write_text("def add(event):\n    print('adding')\n    return {'sum': 5}\n", encoding="utf-8")
    shown = notebook.run("run = na.start('program.py:add').wait(60)\nprint(run.status, run.result)", seconds=90)
    assert shown.error is None, shown.error
    assert shown.text == "completed {'sum': 5}\n"
    file.write_text("import time\ndef forever(event):\n    time.sleep(600)\n", encoding="utf-8")
    shown = notebook.run("slow = na.start('program.py:forever')\nslow.cancel().wait(60).status", seconds=90)
    assert "cancelled" in shown.text


def test_an_emitted_event_runs_who_listens(server: JupyterServer, notebook: OpenNotebook) -> None:
    handler = "%%trigger on_order --event-type order_received\nprint('order', na.event.data.id, na.event.type)"
    notebook.save([SETUP, handler])
    assert "Warning" not in notebook.run(handler).text
    sessions = notebook.value("na.emit('order_received', {'id': 7}).session_ids")
    ended = server.ended(sessions[0])
    log = server.api("GET", f"sessions/{sessions[0]}/log")["items"]
    assert ended["status"] == "completed", ended
    assert "order 7 order_received" in "".join(entry["text"] for entry in log if entry["kind"] == "print")


def test_a_secret_is_not_read_in_an_open_notebook(server: JupyterServer, notebook: OpenNotebook) -> None:
    server.api("PUT", "projects/lab/variables/KEY", {"value": "hidden", "secret": True})
    server.api("PUT", "projects/lab/variables/PLAIN", {"value": "shown", "secret": False})
    assert notebook.value("na.var('PLAIN')") == "shown"
    assert "is secret" in str(notebook.run("na.var('KEY')").error)
    assert notebook.value("na.var('KEY', 'default')") == "default"
    assert "no variable 'ABSENT'" in str(notebook.run("na.var('ABSENT')").error)


def test_a_bad_answer_of_a_session_fails_its_cell(server: JupyterServer, notebook: OpenNotebook) -> None:
    notebook.save([SETUP, "na.respond(json=object())"])
    started = server.api("POST", "sessions", {"notebook": "lab/main.ipynb"})
    ended = server.ended(started["id"])
    assert ended["status"] == "failed"
    assert "cannot be written as JSON" in ended["error"]["evalue"]
    assert json.dumps(ended["error"]["cell_index"]) == "1"

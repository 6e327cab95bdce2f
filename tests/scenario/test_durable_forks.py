"""A durable session that failed is gone on from by another one: with an edited notebook, from a cell, after a fix."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from eventually import wait_until
from jupyter_client.manager import start_new_kernel
from serving import Server, serve

ENDED = ("completed", "failed", "cancelled", "timeout", "abandoned")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    options = ["--NotebookAutomationApp.max_sessions=1"]
    if request.param == "postgresql":
        uri = request.getfixturevalue("postgres_server").get_uri()
        with psycopg.connect(uri, autocommit=True) as connection:
            connection.execute("CREATE DATABASE forks")
        options.append(f"--NotebookAutomationApp.database_url={uri.replace('/postgres?', '/forks?')}")
    with serve(tmp_path_factory.mktemp("forks"), *options) as running:
        yield running


def ended(server: Server, answer: Any) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()

    def look() -> bool:
        found.update(server.api.get(f"sessions/{found['id']}").json())
        return found["status"] in ENDED

    wait_until(look, lambda: f"{found['id']} is {found['status']}")
    return found


def printed(server: Server, session: dict[str, Any]) -> list[str]:
    log = server.api.get(f"sessions/{session['id']}/log").json()["items"]
    return [line["text"] for line in log if line["kind"] == "print"]


def cells(server: Server, name: str, last: str) -> tuple[str, ...]:
    """Return the cells of a notebook that counts its effects in a file, the last one as given."""
    effects = server.root / name
    return (
        f"import notebook_automation as na\ndef act(what):\n    with open({str(effects)!r}, 'a') as file:\n"
        "        file.write(what)\n    return what\nnumbers = [1]",
        "same = numbers\nprint(na.step('charge', act, 's'))\nact('2')\nopen('own.txt', 'w').write('mine')",
        "same.append(2)\nact('3')\nprint(numbers, open('own.txt').read())",
        last,
    )


def test_cells_before_the_first_that_was_edited_are_kept(server: Server) -> None:
    effects = server.root / "edited.txt"
    notebook = server.notebook("edited/report.ipynb", *cells(server, "edited.txt", "numbers / 2"))
    failed = ended(server, server.api.post("sessions", json={"notebook": notebook, "is_durable": True}))
    assert (failed["status"], effects.read_text()) == ("failed", "s23")

    # It fails in the same way again, and does nothing twice.
    resumed = ended(server, server.api.post(f"sessions/{failed['id']}/resume", json={}))
    assert (resumed["status"], effects.read_text()) == ("failed", "s23")

    server.notebook("edited/report.ipynb", *cells(server, "edited.txt", "print(numbers, same is numbers)"))
    forked = ended(server, server.api.post(f"sessions/{resumed['id']}/resume", json={"files": "now"}))
    assert (forked["status"], printed(server, forked)) == ("completed", ["[1, 2] True"])
    assert effects.read_text() == "s23"

    # From a cell on everything is done again, its steps too.
    again = ended(server, server.api.post(f"sessions/{forked['id']}/resume", json={"from_cell": 2}))
    assert (again["status"], printed(server, again)) == ("completed", ["s", "[1, 2] mine", "[1, 2] True"])
    assert effects.read_text() == "s23s23"


def test_a_failed_session_is_opened_in_a_kernel_fixed_and_resumed(server: Server) -> None:
    notebook = server.notebook(
        "live/report.ipynb", *cells(server, "live.txt", "print(na.step('late', act, 'L'))\nnumbers / 2")
    )
    failed = ended(server, server.api.post("sessions", json={"notebook": notebook, "is_durable": True}))
    copy = server.api.post(f"sessions/{failed['id']}/open", json={}).json()
    file = server.root / copy["path"]
    nb = json.loads(file.read_text())
    assert nb["cells"][3]["outputs"][0]["text"] == "[1, 2] mine\n"

    # As JupyterLab starts it for a person.
    manager, client = start_new_kernel(
        env={"NOTEBOOK_AUTOMATION_URL": str(server.api.base_url), "JUPYTER_TOKEN": server.token},
        cwd=str(file.parent),
    )
    try:
        opening = f"__import__('notebook_automation.magics.live_state', fromlist=['open_at']).open_at({failed['id']!r})"
        opened = client.execute(opening, silent=True, reply=True, timeout=60)["content"]
        assert opened["status"] == "ok", opened
        shown = client.execute(
            "numbers.append(3)", user_expressions={"seen": "(same, open('own.txt').read())"}, reply=True, timeout=60
        )["content"]
        assert shown["user_expressions"]["seen"]["data"]["text/plain"] == "([1, 2, 3], 'mine')"
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    assert (server.root / "live.txt").read_text() == "s23L", "nothing has run again"

    [last] = [cell for cell in nb["cells"] if cell["id"] == copy["cell"]]
    last["source"] = "print(na.step('late', act, 'L'))\nprint(numbers, more)"
    # Cells that are put between change nothing of what is kept, and of what is known of steps.
    nb["cells"].insert(4, {**last, "id": "more", "source": "more = 4"})
    nb["cells"].insert(1, {"cell_type": "markdown", "id": "title", "source": "# Title", "metadata": {}})
    file.write_text(json.dumps(nb))
    fixed = ended(server, server.api.post(f"sessions/{failed['id']}/resume", json={"notebook": copy["path"]}))
    assert (fixed["status"], printed(server, fixed)) == ("completed", ["L", "[1, 2] 4"])
    assert (server.root / "live.txt").read_text() == "s23L"


def test_another_version_of_what_was_loaded_is_refused_with_words(server: Server) -> None:
    module = server.root / "versions" / "prices.py"
    module.parent.mkdir()
    module.write_text("__version__ = '1.0.1'\n")
    notebook = server.notebook("versions/report.ipynb", "import prices\ntotal = 1", "1 / 0")
    failed = ended(server, server.api.post("sessions", json={"notebook": notebook, "is_durable": True}))
    module.write_text("__version__ = '2.0.0'\n")
    refused = ended(server, server.api.post(f"sessions/{failed['id']}/resume", json={"files": "now"}))
    assert refused["status"] == "failed"
    assert "saved with prices 1.0.1 (now 2.0.0)" in json.dumps(refused), refused
    # Another patch is as good.
    module.write_text("__version__ = '1.0.2'\n")
    server.notebook("versions/report.ipynb", "import prices\ntotal = 1", "print(total, prices.__version__)")
    fixed = ended(server, server.api.post(f"sessions/{failed['id']}/resume", json={"files": "now"}))
    assert (fixed["status"], printed(server, fixed)) == ("completed", ["1 1.0.2"])


def test_other_parameters_from_a_cell_on_keep_what_is_before_it(server: Server) -> None:
    effects = server.root / "other.txt"
    notebook = server.notebook(
        "other/report.ipynb",
        f"def act(what):\n    with open({str(effects)!r}, 'a') as file:\n        file.write(what)\nact('1')",
        "region = 'emea'",
        "act('3')\nrows = [region]",
        "import notebook_automation as na\nprint(rows, region, na.params.get('region'))",
    )
    file = server.root / notebook
    content = json.loads(file.read_text())
    content["cells"][1]["metadata"]["tags"] = ["parameters"]
    file.write_text(json.dumps(content))
    first = ended(server, server.api.post("sessions", json={"notebook": notebook, "is_durable": True}))
    assert (first["status"], printed(server, first)) == ("completed", ["['emea'] emea None"])
    apac = {"parameters": {"region": "apac"}}
    forked = ended(server, server.api.post(f"sessions/{first['id']}/resume", json={"from_cell": 4, **apac}))
    assert (forked["status"], printed(server, forked)) == ("completed", ["['emea'] apac apac"]), forked
    assert forked["parameters"] == {"region": "apac"}
    assert effects.read_text() == "13"
    # From the parameters on, with the same files.
    again = ended(server, server.api.post(f"sessions/{first['id']}/resume", json=apac))
    assert (again["status"], printed(server, again)) == ("completed", ["['apac'] apac apac"]), again
    assert effects.read_text() == "133"
    refused = server.api.post(f"sessions/{first['id']}/resume", json={"parameters": {"regoin": "apac"}})
    assert (refused.status_code, refused.json()["code"]) == (400, "parameter_unknown")
    cells_now = server.api.get(f"sessions/{forked['id']}/cells").json()["items"]
    assert [(one["index"], one["status"]) for one in cells_now] == [(index, "ok") for index in range(6)]
    last = ended(server, server.api.post(f"sessions/{forked['id']}/resume", json={"from_cell": 6}))
    assert (last["status"], printed(server, last)) == ("completed", ["['emea'] apac apac"]), last

"""Magics in an open notebook of a real server: what they register runs, and what they show is true."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from open_notebook import JupyterServer, OpenNotebook, write_notebook

OPENED = 'data.method == "POST" && data.json.action in ["opened", "reopened"]'
PULL_REQUESTS = f"""%%trigger pull_requests --webhook --filter '{OPENED}' --sync
pr = na.event.data.json.pull_request
na.respond(json={{"seen": pr.number, "greeting": greeting}})"""
CELLS = ["import notebook_automation as na", "greeting = 'hello'", PULL_REQUESTS]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JupyterServer]:
    """A Jupyter server with our extension."""
    made = JupyterServer(root=tmp_path_factory.mktemp("root"), data=tmp_path_factory.mktemp("data"))
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def notebook(server: JupyterServer) -> Iterator[OpenNotebook]:
    """A notebook of the project `sales`, open."""
    opened = OpenNotebook(server, "sales/report.ipynb", ["region = 'emea'\ndays = 7", *CELLS], {0: ["parameters"]})
    assert opened.run(CELLS[1]).error is None
    yield opened
    opened.close()


def deliver(url: str) -> Any:
    """Send a pull request to the webhook of `PULL_REQUESTS` and return the answer of its handler."""
    body = {"action": "opened", "pull_request": {"number": 7}}
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read())


def recorded_event(server: JupyterServer, notebook: OpenNotebook) -> str:
    """The id of the newest delivery to the trigger of `PULL_REQUESTS`, which is registered."""
    assert notebook.run(PULL_REQUESTS).error is None
    recorded = "events?trigger=sales/pull_requests&source=webhook"
    if not server.api("GET", recorded)["items"]:
        deliver(notebook.value("na.webhook_url('pull_requests')"))
    found: str = server.api("GET", recorded)["items"][0]["id"]
    return found


def forget(server: JupyterServer, trigger: str) -> None:
    """Delete a trigger that another test may have registered."""
    if server.api("GET", f"triggers?q={trigger.rpartition('/')[2]}")["items"]:
        server.api("DELETE", f"triggers/{trigger}")


def test_a_schedule_is_registered_changed_and_told(server: JupyterServer, notebook: OpenNotebook) -> None:
    forget(server, "sales/nightly")
    line = '%trigger nightly --cron "0 6 * * MON-FRI" --tz Europe/Berlin -p region=apac --report html --keep "30 days"'
    shown = notebook.run(line)
    assert shown.error is None, shown.text
    assert "sales/nightly  schedule · registered" in shown.text
    assert (
        "Runs        report.ipynb with region='apac'" in shown.text or "report.ipynb with region='apac'" in shown.text
    )
    assert shown.text.count(" 06:00 CE") == 5
    assert "Warning" not in shown.text
    first = server.api("GET", "triggers/sales/nightly")
    assert (first["keep"], first["report"], first["call"]) == ("30 days", "html", "report.ipynb")

    shown = notebook.run("%trigger nightly --every 1h -p regoin=apac")
    assert "sales/nightly  schedule · changed" in shown.text
    assert "Did you mean 'region'?" in shown.text
    second = server.api("GET", "triggers/sales/nightly")
    assert (second["id"], second["report"], second["schedule"]["cron"]) == (first["id"], None, None)
    assert len(server.api("GET", "triggers?project=sales&q=nightly")["items"]) == 1


def test_a_handler_is_registered_called_and_answers(server: JupyterServer, notebook: OpenNotebook) -> None:
    forget(server, "sales/pull_requests")
    shown = notebook.run(PULL_REQUESTS)
    assert shown.error is None, shown.text
    assert "sales/pull_requests  webhook · registered" in shown.text
    assert "report.ipynb:pull_requests" in shown.text
    assert "curl -X POST" in shown.text or "curl" in shown.text
    assert "Warning" not in shown.text
    url = notebook.value("na.webhook_url('pull_requests')")
    assert url in shown.text
    assert deliver(url) == {"seen": 7, "greeting": "hello"}


def test_a_handler_that_is_not_saved_is_told(notebook: OpenNotebook) -> None:
    shown = notebook.run("%%trigger unsaved --webhook\nx = 1")
    assert shown.error is None
    assert "Warning: " in shown.text
    assert "save the notebook" in shown.text.lower()


def test_another_notebook_does_not_take_the_name(server: JupyterServer, notebook: OpenNotebook) -> None:
    write_notebook(server.root / "sales" / "first.ipynb", ["1"])
    body = {"type": "manual", "notebook": "sales/first.ipynb"}
    before = server.api("PUT", "triggers/sales/first", body)
    for cell in ("%trigger first --every 1h", "%%trigger first --webhook\nx = 1"):
        shown = notebook.run(cell)
        assert "it runs first.ipynb, not report.ipynb" in str(shown.error), shown
        assert "--replace" in str(shown.error)
    assert server.api("GET", "triggers/sales/first")["updated_at"] == before["updated_at"]
    assert notebook.run("%trigger first --every 1h --replace").error is None
    assert server.api("GET", "triggers/sales/first")["call"] == "report.ipynb"


def test_what_is_not_saved_is_said(server: JupyterServer, notebook: OpenNotebook) -> None:
    """As where the front end saves nothing: Lab saves before the cell runs."""
    shown = notebook.run(PULL_REQUESTS.replace("greeting}", "greeting + '!'}"))
    assert shown.error is None
    assert "Warning: This cell is not in the saved report.ipynb as it is here" in shown.text
    shown = notebook.run("days = 8\n%automation run")
    assert "This cell is not in the saved report.ipynb as it is here" in shown.text
    assert "not in the saved" not in notebook.run("# again\n%automation run").text


def test_a_save_that_is_under_way_is_waited_for(server: JupyterServer, notebook: OpenNotebook) -> None:
    before = server.ask("GET", f"api/contents/{notebook.path}?content=0")["last_modified"]
    expect = f"from notebook_automation.magics import unsaved\nunsaved.expect_save({before!r})"
    assert notebook.run(f"{expect}\nunsaved.SAVED_WITHIN = 0.1").error is None
    refused = notebook.run("%automation run")
    assert "could not be saved" in str(refused.error)
    assert notebook.run(f"{expect}\nunsaved.SAVED_WITHIN = 60").error is None
    notebook.save(["region = 'emea'\ndays = 7", *CELLS], {0: ["parameters"]})
    assert notebook.run("%automation run").error is None


def test_a_mistake_registers_nothing(server: JupyterServer, notebook: OpenNotebook) -> None:
    for line, sentence in (
        ("%trigger broken --cron '99 * * * *'", "99"),
        ("%trigger broken --webhook --filter 'data.method =='", "correct the expression here"),
        ("%trigger broken --every 1h --tz Mars/Olympus", "Mars/Olympus"),
        ("%trigger 'no name' --every 1h", "no name"),
        ("%trigger broken --every 1h --keep forever-ish", "forever-ish"),
    ):
        shown = notebook.run(line)
        assert shown.error is not None, line
        assert shown.error.startswith("UsageError"), shown.error
        assert sentence in shown.text + shown.error
        assert "Traceback" not in shown.text
    assert not server.api("GET", "triggers?q=broken")["items"]


def test_a_test_run_asks_the_server_about_the_filter(server: JupyterServer, notebook: OpenNotebook) -> None:
    sample = server.root / "sales" / "sample.json"
    header, _, body = PULL_REQUESTS.partition("\n")
    sample.write_text(json.dumps({"action": "closed", "pull_request": {"number": 9}}), encoding="utf-8")
    shown = notebook.run(f"{header} --test sample.json\n{body}")
    assert shown.error is None
    assert "The filter stops it" in shown.text
    assert "closed" in shown.text
    assert "seen" not in shown.text
    sample.write_text(json.dumps({"action": "opened", "pull_request": {"number": 9}}), encoding="utf-8")
    assert notebook.run("greeting = 'hi'").error is None
    shown = notebook.run(f"{header} --test sample.json\n{body}")
    assert "The filter lets it through" in shown.text
    assert '"seen": 9' in shown.text
    assert notebook.value("na.event.data.json.pull_request.number") == 9


def test_a_test_run_has_the_parameters_that_the_event_is_mapped_to(
    server: JupyterServer, notebook: OpenNotebook
) -> None:
    (server.root / "sales" / "sample.json").write_text(json.dumps({"n": 4}), encoding="utf-8")
    options = "--webhook -p count=1 -p place=here --map count=data.json.n"
    shown = notebook.run(f"%%trigger counting {options} --test sample.json\nprint(count * 10, place, na.params.count)")
    assert shown.error is None, shown.text
    assert "40 here 4" in shown.text
    shown = notebook.run("%%trigger counting --webhook --map count=data.json.missing --test sample.json\nprint('ran')")
    assert "data.json.missing" in shown.error
    assert "ran" not in shown.text


def test_a_recorded_event_is_tried_and_replayed(server: JupyterServer, notebook: OpenNotebook) -> None:
    event = recorded_event(server, notebook)
    shown = notebook.run(f"%automation replay {event} --here")
    assert shown.error is None, shown.text
    assert notebook.value("na.event.id") == event
    shown = notebook.run(f"%automation test pull_requests {event}")
    assert shown.error is None, shown.text
    assert '"seen": 7' in shown.text
    shown = notebook.run(f"%automation replay {event}")
    assert shown.error is None
    replayed = [word for word in shown.text.split() if word.startswith("ses_")]
    assert server.ended(replayed[0])["status"] == "completed"


def test_runs_are_started_followed_and_read(server: JupyterServer, notebook: OpenNotebook) -> None:
    notebook.run("%trigger by_hand --manual -p region=apac")
    shown = notebook.run("%automation run by_hand -p days=3 --wait", seconds=120)
    assert shown.error is None, shown.text
    session = server.api("GET", "sessions?trigger=sales/by_hand")["items"][0]
    assert (session["status"], session["parameters"]) == ("completed", {"region": "apac", "days": 3})
    assert notebook.run("%automation logs by_hand").text.count("completion") == 1
    assert session["id"] in notebook.run("%automation list sessions --trigger by_hand").text
    assert "completed" in notebook.run(f"%automation show {session['id']}").text


def test_a_run_that_fails_says_where(server: JupyterServer, notebook: OpenNotebook) -> None:
    write_notebook(server.root / "sales" / "broken.ipynb", ["x = 1", "raise ValueError('no rows')"])
    shown = notebook.run("%automation run broken.ipynb --wait", seconds=120)
    assert shown.error is not None
    assert "ended as failed" in shown.error
    assert "ValueError: no rows in cell 2" in shown.text or "ValueError: no rows" in "".join(shown.html)


def test_a_durable_run_that_failed_is_resumed(server: JupyterServer, notebook: OpenNotebook) -> None:
    write_notebook(
        server.root / "sales" / "durable.ipynb",
        ["import notebook_automation as na\nx = na.step('count', len, 'ab')", "x / 0"],
    )
    assert notebook.run("%automation run durable.ipynb --durable --wait", seconds=120).error is not None
    [failed] = server.api("GET", "sessions?limit=1")["items"]
    shown = notebook.run(f"%automation resume {failed['id']}")
    assert shown.error is None
    [resumed] = server.api("GET", "sessions?limit=1")["items"]
    assert resumed["forked_from"] == failed["id"]
    assert resumed["id"] in shown.text
    assert server.ended(resumed["id"])["status"] == "failed"
    steps = notebook.run(f"%automation steps {failed['id']}")
    assert steps.error is None
    assert "count" in steps.text
    refused = notebook.run(f"%automation resume {failed['id']} --from 9")
    assert "There is no cell 9" in str(refused.error)


def test_triggers_are_disabled_enabled_and_deleted(server: JupyterServer, notebook: OpenNotebook) -> None:
    notebook.run("%trigger a --manual")
    notebook.run("%trigger b --webhook")
    assert notebook.run("%automation disable a b").error is None
    assert not server.api("GET", "triggers/sales/a")["enabled"]
    assert "disabled" in notebook.run("%automation list").text
    assert notebook.run("%automation enable sales/a").error is None
    assert server.api("GET", "triggers/sales/a")["enabled"]
    shown = notebook.run("%automation delete a absent --yes")
    assert shown.error is not None
    assert server.api("GET", "triggers/sales/a")["enabled"]
    shown = notebook.run("%automation delete a b")
    assert "Nothing was changed: nobody can be asked here. Add --yes" in str(shown.error)
    assert server.api("GET", "triggers/sales/a")
    shown = notebook.run("%automation delete a b --yes")
    assert "its URL is gone for good" in shown.text
    with pytest.raises(urllib.error.HTTPError, match="404"):
        server.api("GET", "triggers/sales/a")


def test_variables_and_secrets_are_set_listed_and_deleted(server: JupyterServer) -> None:
    opened = OpenNotebook(server, "keys/new.ipynb", ["x = 1"])
    try:
        missing = str(opened.run("na.var('API_KEY')").error)
        assert "%automation secret set API_KEY" in missing
        shown = opened.run("%automation secret set API_KEY", typed="hunter2-canary")
        assert shown.error is None, shown.text
        assert "it is not shown): ****" in shown.text
        assert "hunter2" not in shown.text
        assert opened.run("%automation variable set REGION 'emea and apac'").error is None
        listed = opened.run("%automation secret").text
        assert "API_KEY" in listed
        assert "emea and apac" in listed
        assert opened.value("na.var('REGION')") == "emea and apac"
        assert [one["name"] for one in server.api("GET", "projects/keys/variables")["items"]] == ["API_KEY", "REGION"]
        assert "Nothing was changed." in str(opened.run("%automation secret delete API_KEY", typed="n").error)
        assert opened.run("%automation secret delete API_KEY", typed="y").error is None
        assert [one["name"] for one in server.api("GET", "projects/keys/variables")["items"]] == ["REGION"]
        assert "Nobody can be asked" in str(opened.run("%automation secret set OTHER").error)
    finally:
        opened.close()


def test_policies_of_the_project_are_set_listed_and_deleted(server: JupyterServer, notebook: OpenNotebook) -> None:
    # A folder becomes a project with its first trigger.
    notebook.run("%trigger limited --manual")
    assert "%automation policy set calm 3" in notebook.run("%automation policy").text
    shown = notebook.run("%automation policy set calm '4 by region, else cancel' --call report.ipynb")
    assert shown.error is None, shown.text
    listed = notebook.run("%automation policy list").text
    assert "at most 4 at once for each region, the others are cancelled" in listed
    [policy] = server.api("GET", "projects/sales/policies")["items"]
    assert (policy["name"], policy["call"]) == ("calm", "report.ipynb")
    assert "write it like 3" in str(notebook.run("%automation policy set calm lots").error)
    assert "Say how many may run" in str(notebook.run("%automation policy set calm").error)
    assert "Nothing was changed" in str(notebook.run("%automation policy delete calm").error)
    assert notebook.run("%automation policy delete calm --yes").error is None
    assert server.api("GET", "projects/sales/policies")["items"] == []
    notebook.run("%automation delete limited --yes")


def test_a_manifest_is_applied_after_its_plan(server: JupyterServer) -> None:
    opened = OpenNotebook(server, "plan/setup.ipynb", ["x = 1"])
    try:
        manifest = (
            "version: v1\nproject:\n  name: plan\n  vars:\n    - name: BUDGET\n      value: '100'\n  triggers:\n"
            "    - name: weekly\n      type: schedule\n      schedule: '0 0 * * 1'\n      call: setup.ipynb\n"
        )
        shown = opened.run(f"%%automation --dry-run\n{manifest}")
        assert shown.error is None, shown.text
        assert "create" in shown.text
        assert not server.api("GET", "triggers?q=weekly")["items"]
        shown = opened.run(f"%%automation\n{manifest}")
        assert "applied: 3 created" in shown.text  # the project, its variable, its trigger
        assert opened.value("na.var('BUDGET')") == "100"
        assert "as the manifest says" in opened.run(f"%%automation\n{manifest}").text

        fewer = "version: v1\nproject:\n  name: plan\n  triggers: []\n"
        shown = opened.run(f"%%automation\n{fewer}")
        assert shown.error is not None
        assert "Nothing was changed: the plan deletes 1 thing" in shown.error
        assert server.api("GET", "triggers/plan/weekly")
        assert "applied: 1 deleted" in opened.run(f"%%automation --yes\n{fewer}").text
        opened.run("%trigger again --every 1h")
        exported = opened.run("%automation export --output automation.yaml")
        assert exported.error is None, exported.text
        assert "again" in (server.root / "plan" / "automation.yaml").read_text(encoding="utf-8")
        assert "--force" in str(opened.run("%automation export --output automation.yaml").error)
    finally:
        opened.close()


def test_names_are_completed_from_the_server(notebook: OpenNotebook) -> None:
    notebook.run("%trigger zebra_crossing --manual")
    assert notebook.complete("%automation run zebra") == ["zebra_crossing"]
    assert notebook.complete("%trigger zebra") == ["zebra_crossing"]
    assert "sales/zebra_crossing" in notebook.complete("%automation disable sales/z")


def test_a_renamed_notebook_is_still_known(server: JupyterServer) -> None:
    opened = OpenNotebook(server, "moved/first.ipynb", ["x = 1"])
    try:
        server.ask("PATCH", "api/contents/moved/first.ipynb", {"path": "moved/second.ipynb"})
        server.ask("PATCH", f"api/sessions/{opened.id}", {"path": "moved/second.ipynb", "name": "second.ipynb"})
        shown = opened.run("%trigger after_rename --manual")
        assert shown.error is None, shown.text
        assert server.api("GET", "triggers/moved/after_rename")["call"] == "second.ipynb"
    finally:
        opened.close()


def test_the_state_of_the_server_is_shown(notebook: OpenNotebook) -> None:
    shown: Any = notebook.run("%automation status")
    assert shown.error is None
    assert "Engine" in shown.text
    assert "active" in shown.text

"""`jupyter automation serve`, and the commands that steer it: one real server for the whole story."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from click.testing import CliRunner, Result

from notebook_automation.cli import cli
from notebook_automation.sdk.client import Client
from notebook_automation.sdk.location import named

MANIFEST = """
version: v1
project:
  name: sales
  triggers:
    - name: nightly
      type: schedule
      schedule: "0 6 * * MON-FRI"
      timezone: Europe/Berlin
      call: report.ipynb
      parameters: {region: emea}
      tags: [reports]
    - name: orders
      type: webhook
      event_type: post
      filter: data.json.total > 10
      call: broken.ipynb
"""

# A project of its own, for what is only so before a manifest was applied for the first time.
OTHER_MANIFEST = """
version: v1
project:
  name: stock
  triggers:
    - {name: weekly, type: schedule, schedule: "0 6 * * MON", call: count.ipynb}
    - {name: arrivals, type: webhook, event_type: post, call: count.ipynb}
"""


class Shell:
    """A shell in the server's root folder; ``told`` is what `serve --json` printed."""

    def __init__(self, root: Path, told: dict[str, Any]) -> None:
        self.root, self.told = root, told

    def run(self, *words: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(cli, words, input=stdin)

    def json(self, *words: str) -> Any:
        result = self.run(*words, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)


def write(file: Path, *cells: str) -> None:
    nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nb.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nb.cells[0].metadata.tags = ["parameters"]
    nbformat.write(nb, file)


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A headless server; afterwards, that it goes on Ctrl-C with everything that it started."""
    folder = tmp_path_factory.mktemp("serve")
    project = folder / "root" / "sales"
    project.mkdir(parents=True)
    write(
        project / "report.ipynb", "region = 'all'", "print('region', region)", "open('out.csv', 'w').write('a\\n1\\n')"
    )
    write(project / "broken.ipynb", "a = 1", "raise LookupError('no such order')")
    write(project / "slow.ipynb", "a = 1", "print('began', flush=True)", "import time; time.sleep(120)")
    (project / "automation.yaml").write_text(MANIFEST)
    (other := folder / "root" / "stock").mkdir()
    write(other / "count.ipynb", "a = 1")
    (other / "automation.yaml").write_text(OTHER_MANIFEST)
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "NOTEBOOK_AUTOMATION"))}
    own = {f"JUPYTER_{name}_DIR": str(folder / name.lower()) for name in ("RUNTIME", "CONFIG", "DATA")}
    command = [sys.executable, "-m", "notebook_automation", "serve", "--port", "0", "--json", "--allow-root"]
    command += ["--root-dir", str(folder / "root"), "--data-dir", str(folder / "automation")]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, env=kept | own, stdout=subprocess.PIPE, stderr=log, start_new_session=True)
    assert process.stdout is not None
    line = process.stdout.readline()
    assert line, (folder / "log").read_text()
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith(("JUPYTER", "NOTEBOOK_AUTOMATION"))]:
            patch.delenv(name)
        patch.setenv("JUPYTER_RUNTIME_DIR", own["JUPYTER_RUNTIME_DIR"])
        yield Shell(folder / "root", json.loads(line))
    children = psutil.Process(process.pid).children(recursive=True)
    assert children
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0, (folder / "log").read_text()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []


@pytest.fixture
def shell(started: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(started.root)
    return started


@pytest.fixture
def applied(shell: Shell) -> None:
    """The project ``sales`` has the triggers of its manifest, whatever the tests before did to them."""
    done = shell.run("apply", "sales/automation.yaml", "--yes")
    assert done.exit_code == 0, done.output


def test_it_serves_the_api_and_no_lab(shell: Shell) -> None:
    told = shell.told
    request = urllib.request.Request(f"{told['api']}/status", headers={"Authorization": f"token {told['token']}"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert json.load(answer)["engine"]["active"] is True
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(f"{told['url']}lab?token={told['token']}", timeout=20)
    assert caught.value.code == 404


def test_apply_shows_its_plan_first_and_does_it_once(shell: Shell) -> None:
    planned = shell.run("apply", "stock/automation.yaml", "--dry-run")
    assert planned.exit_code == 0, planned.output
    lines = [line.split() for line in planned.stdout.splitlines()]
    assert ["create", "trigger", "weekly"] in lines
    assert "stock/weekly" not in [one["ref"] for one in shell.json("trigger", "list")["items"]]
    refused = shell.run("apply", "stock/automation.yaml")
    assert refused.exit_code == 2
    assert "--yes" in refused.stderr
    done = shell.run("apply", "stock/automation.yaml", "--yes")
    assert "Applied to stock: 3 created." in done.stdout  # the project and its two triggers
    again = shell.run("apply", "stock/automation.yaml", "--yes")
    assert "is as the manifest says (2 unchanged)" in again.stderr


@pytest.mark.usefixtures("applied")
def test_triggers_are_listed_shown_and_switched(shell: Shell) -> None:
    listed = shell.run("trigger", "list").stdout
    assert "sales/nightly" in listed
    assert "sales/orders" in listed
    shown = shell.run("trigger", "show", "nightly").stdout
    assert 'region="emea"' in shown
    assert shown.count(" 06:00 ") >= 5
    assert shell.run("trigger", "disable", "nightly", "sales/orders").stdout.count("is off") == 2
    assert [one["enabled"] for one in shell.json("trigger", "list", "--project", "sales")["items"]] == [False, False]
    shell.run("trigger", "enable", "nightly", "orders")
    assert {one["enabled"] for one in shell.json("trigger", "list", "--project", "sales")["items"]} == {True}
    missing = shell.run("trigger", "show", "nothing")
    assert (missing.exit_code, "trigger list" in missing.stderr) == (3, True)


@pytest.mark.usefixtures("applied")
def test_a_fired_trigger_is_followed_and_its_artifacts_got(shell: Shell, tmp_path: Path) -> None:
    fired = shell.run("trigger", "fire", "nightly", "-p", "region=apac", "--wait")
    assert fired.exit_code == 0, fired.output
    assert "region apac" in fired.stdout
    assert "completed" in fired.stderr
    session = shell.json("session", "show", "sales/nightly")
    assert session["parameters"] == {"region": "apac"}
    made = shell.json("artifact", "list", "--session", session["id"])["items"]
    table = next(one for one in made if one["name"] == "out.csv")
    assert shell.run("artifact", "get", table["id"], "-o", "-").stdout == "a\n1\n"
    assert shell.run("artifact", "get", table["ref"], "-o", str(tmp_path)).exit_code == 0
    assert (tmp_path / "out.csv").read_text() == "a\n1\n"
    assert shell.run("artifact", "get", "sales/nothing").exit_code == 3


@pytest.mark.usefixtures("applied")
def test_a_failed_session_is_shown_with_its_cell_and_retried(shell: Shell) -> None:
    fired = shell.run("trigger", "fire", "orders", "--data", "-", "--wait", stdin='{"json": {"total": 20}}')
    assert fired.exit_code == 1
    assert "LookupError: no such order" in fired.stderr
    shown = shell.run("session", "show", "orders").stdout
    assert "│ raise LookupError('no such order')" in shown
    assert "LookupError" in shell.run("session", "list", "--status", "failed").stdout
    [retried] = shell.json("session", "retry", "orders")["items"]
    watched = shell.run("session", "watch", retried["id"], "--json")
    assert watched.exit_code == 1
    *entries, ended = map(json.loads, watched.stdout.splitlines())
    assert entries[-1]["kind"] == "completion"
    assert (ended["status"], ended["id"]) == ("failed", retried["id"])
    [current] = shell.json("session", "retry", retried["id"], "--current-files")["items"]
    assert current["retry_of"] == retried["id"]


def test_a_durable_session_is_resumed_and_forked(shell: Shell) -> None:
    cells = ("print('first ran')\ntotal = 41", "print('second ran')")
    file = shell.root / "sales" / "durable.ipynb"
    write(file, *cells, "total / 0")
    client = Client(named(shell.told["api"], shell.told["token"]))
    failed = client.post("sessions", {"notebook": "sales/durable.ipynb", "is_durable": True})
    assert shell.run("session", "watch", failed["id"]).exit_code == 1
    listed = shell.run("session", "checkpoints", failed["id"]).stdout
    assert "total" in listed
    assert [one["cell"] for one in shell.json("session", "checkpoints", failed["id"])["items"]] == [1, 2]
    [resumed] = shell.json("session", "resume", failed["id"])["items"]
    assert shell.run("session", "watch", resumed["id"]).exit_code == 1
    assert resumed["forked_from"] == failed["id"]
    assert "Goes on from" in shell.run("session", "show", resumed["id"]).stdout
    write(file, *cells, "print(total + 1)")
    [forked] = shell.json("session", "fork", resumed["id"], "--files", "now")["items"]
    watched = shell.run("session", "watch", forked["id"])
    assert (watched.exit_code, "42" in watched.output, "second ran" in watched.output) == (0, True, False)
    [again] = shell.json("session", "fork", forked["id"], "--from", "2")["items"]
    watched = shell.run("session", "watch", again["id"])
    assert (watched.exit_code, "first ran" in watched.output, "second ran" in watched.output) == (0, False, True)
    [other] = shell.json("session", "fork", forked["id"], "--from", "3", "-p", "total=6")["items"]
    watched = shell.run("session", "watch", other["id"])
    assert (watched.exit_code, "7" in watched.output.splitlines(), "second ran" in watched.output) == (0, True, False)


def test_a_webhook_is_signed_and_its_secret_changed(shell: Shell) -> None:
    (shell.root / "signed").mkdir(exist_ok=True)
    write(shell.root / "signed/report.ipynb", "1 + 1")
    manifest = shell.root / "signed/automation.yaml"
    manifest.write_text("project: {name: signed, triggers: [{name: paid, type: webhook, call: report.ipynb}]}")
    assert shell.run("apply", str(manifest), "--yes").exit_code == 0
    stored = shell.json("trigger", "show", "signed/paid")
    options = ("--preset", "stripe", "--secret-name", "HOOK", "--field", "tolerance=60s")
    signed = shell.run("trigger", "sign", "signed/paid", *options, "--set-secret", stdin="hunter2-canary\n")
    assert (signed.exit_code, "Stripe, by HOOK (one secret live)" in signed.stdout) == (0, True)
    rotated = shell.run("trigger", "rotate", "paid", stdin="newer-canary\n")
    assert "by HOOK_2 or HOOK (two secrets live)" in rotated.stdout
    assert shell.run("trigger", "rotate", "paid", stdin="third\n").exit_code != 0
    assert "two secrets live" in shell.run("trigger", "show", "paid").stdout
    done = shell.run("trigger", "rotate", "paid", "--done")
    assert "by HOOK_2 (one secret live)" in done.stdout
    assert "secret delete HOOK" in done.output
    found = shell.json("trigger", "show", "paid")
    assert (found["id"], found["signature"]["tolerance"]) == (stored["id"], "60s")
    assert shell.run("trigger", "sign", "paid", "--preset", "stripe").exit_code == 2
    assert shell.run("trigger", "sign", "paid", "--off").exit_code == 0
    assert shell.json("trigger", "show", "paid")["signature"] is None
    assert "canary" not in signed.output + rotated.output + done.output


def test_variables_and_secrets_are_set_listed_and_deleted(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert shell.run("secret", "set", "KEY", "--project", "sales", stdin="hunter2-canary\n").exit_code == 0
    assert shell.run("variable", "set", "REGION", "emea", "--project", "sales").exit_code == 0
    listed = shell.run("variable", "list", "--project", "sales")
    assert "emea" in listed.stdout
    assert "(secret)" in listed.stdout
    assert "hunter2" not in listed.output
    assert shell.run("secret", "delete", "KEY", "--project", "sales", stdin="n\n").exit_code == 1
    assert shell.run("secret", "delete", "KEY", "--project", "sales", "--yes").exit_code == 0
    [left] = shell.json("secret", "list", "--project", "sales")["items"]
    assert left == {"name": "REGION", "value": "emea", "secret": False, "description": None}
    assert shell.json("secret", "list")["items"] == []  # the root is no project yet
    with monkeypatch.context() as elsewhere:
        elsewhere.chdir(tmp_path)
        outside = shell.run("secret", "list")
    assert outside.exit_code != 0
    assert "lies outside of the Jupyter root" in outside.output


def test_lists_are_narrowed_by_tag_and_ended_sessions_deleted(shell: Shell, applied: None) -> None:
    assert shell.run("trigger", "fire", "nightly", "--wait").exit_code == 0
    assert [one["name"] for one in shell.json("trigger", "list", "--tag", "reports")["items"]] == ["nightly"]
    tagged = {one["id"] for one in shell.json("session", "list", "--tag", "reports")["items"]}
    ended = shell.json("session", "show", "nightly")["id"]
    assert ended in tagged
    assert shell.json("session", "list", "--tag", "nothing")["items"] == []
    unclear = shell.run("session", "delete", "--yes")
    assert (unclear.exit_code, "--older-than 30d" in unclear.stderr) == (2, True)
    assert shell.run("session", "delete", ended, stdin="n\n").exit_code == 1
    assert shell.run("session", "show", ended).exit_code == 0
    assert "Deleted 0 sessions." in shell.run("session", "delete", "--older-than", "1h", "--yes").stdout
    assert "Deleted 1 session." in shell.run("session", "delete", ended, "--yes").stdout
    assert shell.run("session", "show", ended).exit_code == 3


def test_a_session_is_cancelled_and_its_log_says_so(shell: Shell) -> None:
    request = urllib.request.Request(
        f"{shell.told['api']}/sessions",
        json.dumps({"notebook": "sales/slow.ipynb"}).encode(),
        {"Authorization": f"token {shell.told['token']}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        session_id = json.load(answer)["id"]
    assert shell.run("session", "cancel", session_id).exit_code == 0
    assert shell.run("session", "watch", session_id).exit_code == 1
    logged = shell.run("session", "logs", session_id).stdout
    assert "stop_request" in logged
    assert shell.json("session", "show", "last")["status"] == "cancelled"


def test_a_server_whose_port_is_taken_says_so_and_takes_no_other(tmp_path: Path) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "NOTEBOOK_AUTOMATION"))}
    own = {f"JUPYTER_{name}_DIR": str(tmp_path / name.lower()) for name in ("RUNTIME", "CONFIG", "DATA")}
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = str(other.getsockname()[1])
        command = [sys.executable, "-m", "notebook_automation", "serve", "--port", port, "--allow-root"]
        command += ["--ip", "127.0.0.1", "--root-dir", str(tmp_path), "--data-dir", str(tmp_path / "automation")]
        done = subprocess.run(command, env=kept | own, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode != 0
    assert port in done.stderr
    assert "ready" not in done.stdout


def test_the_doctor_finds_it_in_order(shell: Shell) -> None:
    result = shell.run("doctor", "--data-dir", str(shell.root.parent / "automation"), "--json")
    assert result.exit_code == 0, result.output
    found = {one["what"]: one for one in json.loads(result.stdout)["items"]}
    assert "its engine is active" in found["Server"]["text"]
    assert "held by" in found["Engine"]["text"]
    assert "revision 0" in found["Database"]["text"]
    assert found["Kernel python3"]["good"] is not False


@pytest.mark.usefixtures("applied")
def test_a_deleted_trigger_is_gone(shell: Shell) -> None:
    aborted = shell.run("trigger", "delete", "nightly", stdin="n\n")
    assert aborted.exit_code == 1
    assert shell.run("trigger", "delete", "nightly", "--yes").stdout == "Deleted sales/nightly.\n"
    assert [one["ref"] for one in shell.json("trigger", "list", "--project", "sales")["items"]] == ["sales/orders"]

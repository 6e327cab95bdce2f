"""`jupyter automation run`: a notebook as a session with no server, real kernels, nothing left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import nbformat
import psutil
import pytest
from click.testing import CliRunner, Result
from command_lines import command_line
from eventually import wait_until

from notebook_automation.cli import cli

Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def own_places(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Temporary folders of this test's own, so that what is left behind is seen; no server anywhere."""
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a notebook; its first cell is its parameters."""

    def make(name: str, *cells: str) -> Path:
        nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
        nb.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nb.cells[0].metadata.tags = ["parameters"]
        file = tmp_path / "project" / name
        file.parent.mkdir(exist_ok=True)
        nbformat.write(nb, file)
        return file

    return make


def run(*words: object) -> Result:
    return CliRunner().invoke(cli, ["run", *map(str, words)])


def test_a_run_prints_what_the_notebook_prints_and_writes_what_was_asked_for(write: Write, tmp_path: Path) -> None:
    file = write(
        "report.ipynb",
        "name = 'nobody'\ncount = 1",
        "print('hello', name, count + 1)",
        "import sys; print('careful', file=sys.stderr)",
        "import notebook_automation as na; na.artifact({'name': name}, 'told.json'); open('raw.csv', 'w').write('a,b')",
    )
    before = file.read_bytes()
    output, folder = tmp_path / "out" / "executed.ipynb", tmp_path / "artifacts"
    result = run(file, "-p", "name=bob", "-p", "count=41", "-o", output, "--report", "pdf,html", "--artifacts", folder)
    assert result.exit_code == 0, result.output
    assert result.stdout == "hello bob 42\n"
    assert "careful" in result.stderr
    assert "Cell 2 of" in result.stderr
    assert "completed" in result.stderr
    executed = nbformat.read(output, as_version=4)
    assert [cell.source for cell in executed.cells if "injected-parameters" in cell.metadata.get("tags", [])]
    assert "hello bob 42" in output.with_suffix(".html").read_text()
    assert output.with_suffix(".pdf").read_bytes().startswith(b"%PDF")
    assert json.loads((folder / "told.json").read_text()) == {"name": "bob"}
    assert (folder / "raw.csv").read_text() == "a,b"
    assert sorted(path.name for path in file.parent.iterdir()) == ["report.ipynb"]
    assert file.read_bytes() == before
    _nothing_is_left(tmp_path)


def test_a_failed_run_shows_cell_and_traceback_and_exits_with_1(write: Write, tmp_path: Path) -> None:
    file = write(
        "bad.ipynb", "limit = 3", "rows = 5\nassert rows <= limit, f'{rows} rows are too many'", "print('never')"
    )
    output = tmp_path / "executed.ipynb"
    result = run(file, "-q", "-o", output)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "The failed cell (cell 2)" in result.stderr
    assert "│ rows = 5" in result.stderr
    assert "failed in" in result.stderr
    assert "AssertionError: 5 rows are too many" in result.stderr
    assert nbformat.read(output, as_version=4).metadata.papermill.exception
    _nothing_is_left(tmp_path)


def test_json_is_all_that_is_printed(write: Write, tmp_path: Path) -> None:
    result = run(write("report.ipynb", "a = []", "print(a)"), "-p", "a=[1, no]", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert told["session"]["status"] == "completed"
    assert told["session"]["parameters"] == {"a": [1, "no"]}
    assert [artifact["name"] for artifact in told["artifacts"]] == ["report.ipynb"]


def test_an_account_without_a_name_may_run(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os, "getuid", lambda: 2_000_000_001)
    result = run(write("report.ipynb", "a = 1"), "--json", "--durable")
    assert result.exit_code == 0, result.output
    session = json.loads(result.stdout)["session"]
    assert (session["started_by"], session["is_durable"]) == ("user 2000000001", True)


def test_an_unknown_parameter_runs_nothing(write: Write, tmp_path: Path) -> None:
    result = run(write("report.ipynb", "region = 'emea'", "print('ran')"), "-p", "regoin=apac")
    assert result.exit_code == 2
    assert "Did you mean 'region'" in result.stderr
    assert result.stdout == ""
    _nothing_is_left(tmp_path)


def test_a_run_past_its_time_limit_is_stopped(write: Write, tmp_path: Path) -> None:
    result = run(write("slow.ipynb", "a = 1", "import time; time.sleep(120)"), "--time-limit", "1s")
    assert result.exit_code == 1
    assert "timeout" in result.stderr
    _nothing_is_left(tmp_path)


def test_a_notebook_starts_another_of_its_project(write: Write, tmp_path: Path) -> None:
    write("inner.ipynb", "n = 1", "print('inner', n)", "n * 2")
    file = write(
        "outer.ipynb",
        "unused = None",
        "import notebook_automation as na; s = na.start('inner.ipynb', n=21).wait(60); print(s.status)",
    )
    result = run(file, "-q")
    assert result.exit_code == 0, result.output
    assert "completed" in result.stdout
    _nothing_is_left(tmp_path)


def test_a_function_is_run_with_the_manifests_folder_as_its_project(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    (folder / "jobs").mkdir(parents=True)
    (folder / "automation.yaml").write_text("project: {name: shop}\n")
    (folder / "shared.py").write_text("WORD = 'shared'\n")
    (folder / "jobs" / "nightly.py").write_text("import shared\n\ndef main():\n    print(shared.WORD)\n    return 7\n")
    result = run(f"{folder / 'jobs' / 'nightly.py'}:main", "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)["session"]
    assert (told["call"], told["result"]) == ("jobs/nightly.py:main", 7)


@pytest.mark.skipif(os.name == "nt", reason="signals to process groups are not Windows'")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_session_and_every_process(write: Write, tmp_path: Path, how: signal.Signals) -> None:
    file = write("slow.ipynb", "a = 1", "print('began', flush=True)", "import time; time.sleep(120)")
    command = [sys.executable, "-m", "notebook_automation", "run", str(file), "-o", str(tmp_path / "partial.ipynb")]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "began\n"
        children = psutil.Process(process.pid).children(recursive=True)
        assert children
        process.send_signal(how)
        _, told = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "cancelled" in told
    assert "Traceback" not in told
    assert "began" in (tmp_path / "partial.ipynb").read_text()
    _, alive = psutil.wait_procs(children, timeout=10)
    assert alive == []
    _nothing_is_left(tmp_path)


def test_what_a_notebook_detaches_ends_with_the_run(write: Write, tmp_path: Path) -> None:
    """A kernel of its own, no fork server: nobody adopts what it leaves."""
    file, pids = write("leaves.ipynb", "region = 1", DETACH), tmp_path / "pids"
    for kernel in ("python3", "plain"):
        # A process looks for folders of kernels once.
        done = subprocess.run(
            [sys.executable, "-m", "notebook_automation", "run", str(file), "--kernel", kernel, "--env", "KERNEL_PIDS"],
            env={**os.environ, "KERNEL_PIDS": str(pids), "JUPYTER_PATH": str(_plain_kernel(tmp_path))},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        pid = int(pids.read_text())
        wait_until(lambda pid=pid: not psutil.pid_exists(pid) or psutil.Process(pid).status() == "zombie")
        pids.unlink()


DETACH = """
import os
reading, writing = os.pipe()
if not os.fork():
    os.setsid()
    if not os.fork():
        os.write(writing, str(os.getpid()).encode())
        os.execve("/usr/bin/env", ["env", "-i", "sleep", "600"], {})
    os._exit(0)
open(os.environ["KERNEL_PIDS"], "w").write(os.read(reading, 20).decode())
"""


def _plain_kernel(tmp_path: Path) -> Path:
    """Install a kernel that cannot be forked: return the folder in which it is found."""
    folder = tmp_path / "jupyter" / "kernels" / "plain"
    folder.mkdir(parents=True, exist_ok=True)
    spec = {
        "argv": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"], "display_name": "plain",
        "language": "python", "metadata": {"kernel_provisioner": {"provisioner_name": "local-provisioner"}},
    }  # fmt: skip
    folder.joinpath("kernel.json").write_text(json.dumps(spec))
    return tmp_path / "jupyter"


def _nothing_is_left(tmp_path: Path) -> None:
    """Neither a process of ours, nor a file among the temporary ones."""
    wait_until(lambda: not _ours(tmp_path), lambda: f"nothing is left of {_ours(tmp_path)}", pause=0.1)
    assert list((tmp_path / "temporary").glob("notebook-automation-*")) == []


def _ours(tmp_path: Path) -> list[list[str]]:
    mark = str(tmp_path)
    found = []
    for process in psutil.process_iter(["pid", "cmdline"]):
        if process.pid != os.getpid() and any(mark in word for word in process.info["cmdline"] or []):
            found.append(process.info["cmdline"])
    children = psutil.Process().children(recursive=True)
    commands = [command_line(child) for child in children]
    return [*found, *(one for one in commands if "supervisor" in one or "runner" in one)]


def test_links_live_files_names_and_variables(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies elsewhere is read, what is read in place is not written to, and what is not kept is told."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy:3128")
    monkeypatch.setenv("MY_REGION", "emea")
    code = (
        "import os; print(open('data/t.csv').read(), os.environ['HTTPS_PROXY'], os.environ['MY_REGION'])\n"
        "open('data/t.csv', 'a').write('!'); open('data/new.csv', 'w').write('x'); open('at 10:30.csv', 'w').write('x')"
    )
    shared = write("shared.ipynb", "x = 1", code)
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "t.csv").write_text("table")
    team = tmp_path / "team"
    team.mkdir()
    (team / "data").symlink_to("../data")
    (team / "n: 1.ipynb").symlink_to(shared)
    result = run(team / "n: 1.ipynb", "--env", "MY_*", "--artifacts", tmp_path / "out")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == "table http://proxy:3128 emea\n"
    assert "at 10:30.csv is kept as at 10_30.csv." in result.stderr
    made = {str(file.relative_to(tmp_path / "out")) for file in (tmp_path / "out").rglob("*.*")}
    assert made == {"n_ 1.ipynb", "at 10_30.csv", "data/t.csv", "data/new.csv"}
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["t.csv"]
    assert (tmp_path / "data" / "t.csv").read_text() == "table"


def test_a_sweep_runs_each_combination_and_prints_what_came_of_it_as_a_grid(write: Write) -> None:
    file = write("sum.py.ipynb", "x = 1").with_name("sum.py")
    file.write_text("def add(region: str, year: int):\n    assert year != 2026\n    return f'{region}-{year}'\n")
    call = f"{file}:add"
    ran = run(call, "-p", "region=[emea, apac]", "-p", "year=[2024]", "--sweep", "-q")
    assert ran.exit_code == 0, ran.output
    lines = [line.split() for line in ran.stdout.splitlines()]
    assert lines[0][-1] == "2024"
    assert [line[0] for line in lines[1:]] == ["emea", "apac"]
    assert [line[-1] for line in lines[1:]] == ["emea-2024", "apac-2024"]
    refused = run(call, "-p", "region=emea", "--sweep")
    assert (refused.exit_code, "a list of values" in refused.stderr) == (2, True)
    assert run(call, "-p", "region=[emea]", "--sweep", "-o", "x.ipynb").exit_code == 2

"""What it costs to have the package installed and imported. Limits are of processor time."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

SERVER_SIDE = (
    "alembic", "apscheduler", "celpy", "cel_expr_python", "cryptography", "ipykernel", "jupyter_server", "nbclient",
    "nbconvert", "nbformat", "pandas", "papermill", "sqlalchemy", "tornado", "traitlets", "yaml", "zmq",
)  # fmt: skip


def run(program: str) -> str:
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout.strip()


def test_importing_the_package_pulls_in_nothing_of_the_server() -> None:
    loaded = run("import sys, json, notebook_automation as na; na.var; print(json.dumps(sorted(sys.modules)))")
    names = set(json.loads(loaded))
    assert names.isdisjoint(SERVER_SIDE)
    layers = {name.split(".")[1] for name in names if name.startswith("notebook_automation.")}
    assert layers <= {"sdk", "_version"}


def test_importing_the_package_takes_a_moment() -> None:
    program = "import time; t = time.process_time(); import notebook_automation; print(time.process_time() - t)"
    taken = [float(run(program)) for _ in range(3)]
    assert statistics.median(taken) < 0.1


def test_the_server_extension_is_listed_without_building_anything() -> None:
    program = (
        "import sys, jupyter_server.extension.application, notebook_automation as na\n"
        "before = set(sys.modules)\n"
        "[point] = na._jupyter_server_extension_points()\n"
        "assert point['app'].__name__ == 'NotebookAutomationApp', point\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    loaded = set(run(program).split())
    assert loaded.isdisjoint({"sqlalchemy", "apscheduler", "celpy", "papermill", "nbclient", "pandas", "alembic"})


def test_loading_the_server_extension_takes_little_of_jupyters_start() -> None:
    program = (
        "import time, jupyter_server.serverapp, jupyter_server.extension.application\n"
        "t = time.process_time()\n"
        "import notebook_automation.extension\n"
        "print(time.process_time() - t)"
    )
    taken = [float(run(program)) for _ in range(3)]
    assert statistics.median(taken) < 0.15


def test_a_server_with_sqlite_loads_nothing_of_postgresql(tmp_path: Path) -> None:
    program = (
        "import sys, notebook_automation.compose.builders\n"
        "from notebook_automation.store.database import Database\n"
        f"database = Database('sqlite:///{tmp_path}/automation.db')\n"
        "database.create()\n"
        "database.close()\n"
        "print(*(name for name in sys.modules if 'postgresql' in name or name == 'psycopg'))"
    )
    assert run(program) == ""


@pytest.mark.parametrize("role", ["supervisor", "runner"])
def test_our_processes_build_no_grammar_and_load_no_numpy(role: str) -> None:
    program = (
        "import os, sys, notebook_automation.__main__ as product\n"
        f"product.main([{role!r}])\n"
        "os.write(2, ' '.join(name for name, module in sys.modules.items() if module is not None).encode())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    )
    loaded = set(done.stderr.split())
    assert "jsonschema" in loaded, done.stderr
    assert loaded.isdisjoint({"rfc3987_syntax", "rfc3986_validator", "arrow", "numpy", "pyarrow", "urllib3"})


@pytest.mark.parametrize("name", ["pyarrow", "requests"])
def test_what_is_hidden_from_papermill_is_there_for_others(name: str) -> None:
    program = f"import notebook_automation.execution.light_papermill, papermill, {name}; print({name}.__name__)"
    assert run(program) == name


def test_papermill_reads_notebooks_on_the_web_all_the_same() -> None:
    program = (
        "import notebook_automation.execution.light_papermill, papermill.iorw as iorw\n"
        "try: iorw.HttpHandler.read('http://127.0.0.1:9/a.ipynb')\n"
        "except iorw.requests.ConnectionError: print('tried')"
    )
    assert run(program) == "tried"


def test_what_watches_a_server_is_loaded_where_it_is_turned_on_only() -> None:
    program = (
        "import sys, notebook_automation.api.router, notebook_automation.compose\n"
        "print(*(name for name in sys.modules if name.partition('.')[0] in ('opentelemetry', 'prometheus_client')))"
    )
    # Jupyter's server has a page of its own that loads the second one.
    assert {name for name in run(program).split() if name.startswith("opentelemetry")} == set()

"""The package's public face: small, complete, and free for who does not use it."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from notebook_automation import forkserver

PACKAGE = Path(forkserver.__file__).parent


def _run(code: str, *flags: str) -> str:
    env = {**os.environ, "PYTHONPATH": str(PACKAGE.parents[1])}
    done = subprocess.run([sys.executable, *flags, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_importing_the_package_imports_nothing_of_jupyter():
    code = "import sys, notebook_automation.forkserver; print([m for m in sys.modules if 'jupyter' in m or 'zmq' in m])"
    assert _run(code) == "[]\n"


def test_importing_the_package_imports_no_module_of_its_own():
    code = "import sys, notebook_automation.forkserver as f; print([m for m in sys.modules if f'{f.__name__}.' in m])"
    assert _run(code) == "[]\n"


@pytest.mark.parametrize("name", forkserver.__all__)
def test_a_public_name_is_there(name):
    assert getattr(forkserver, name) is not None


def test_what_is_not_public_is_not_there():
    with pytest.raises(AttributeError, match="has no attribute 'Spawner'"):
        forkserver.Spawner  # noqa: B018


def test_the_readme_names_every_public_name():
    text = (PACKAGE / "README.md").read_text(encoding="utf-8")
    assert [name for name in forkserver.__all__ if f"`{name}" not in text] == []


OF_A_KERNEL = {"IPython", "comm", "ipykernel", "jupyter_client", "psutil", "traitlets", "zmq"}


@pytest.mark.parametrize("path", sorted((PACKAGE / "server").glob("*.py")), ids=lambda path: path.stem)
def test_the_servers_side_needs_only_the_standard_library_and_what_a_kernel_has(path):
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            imported.add(str(node.module).partition(".")[0])
    assert imported - OF_A_KERNEL <= set(sys.stdlib_module_names)


def test_the_servers_side_starts_under_an_interpreter_that_has_nothing_installed(tmp_path):
    code = (
        "import runpy, sys\n"
        f"start = runpy.run_path({str(PACKAGE / 'server' / 'start.py')!r})\n"
        "assert callable(start['load_server']().main)\n"
        "print([m for m in sys.modules if m.partition('.')[0] == 'notebook_automation'])"
    )
    assert _run(code, "-I", "-S") == "[]\n"

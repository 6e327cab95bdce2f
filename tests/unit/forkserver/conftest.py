"""Fork servers of the interpreter that runs the tests, importing from this folder and a temporary one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from notebook_automation.forkserver import ForkOptions, ForkServer, Recipe, is_running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")
HERE = str(Path(__file__).parent)


@pytest.fixture
def write_module(tmp_path):
    """Write a module that a fork server of this test can import: (name, source)."""

    def write(name: str, source: str) -> str:
        (tmp_path / f"{name}.py").write_text(source)
        return name

    return write


@pytest.fixture
def make_server(tmp_path):
    """Make a fork server: (entry in `children`, preload, options by name)."""
    made = []

    def make(entry="look", preload=(), *, env=None, trusted=True, prepare="", core=("children",), **settings):
        spares = settings.pop("spares", 0)
        watch_shell = settings.pop("watch_shell", False)
        python = settings.pop("python", (sys.executable,))
        options = ForkOptions(
            trusted_folders=(HERE, str(tmp_path)) if trusted else (HERE,),
            spares=spares,
            **{"refill_seconds": 0.0, **settings},
        )
        recipe = Recipe(
            python,
            entry=f"children:{entry}",
            prepare=prepare and f"children:{prepare}",
            preload=tuple(preload),
            core=core,
            watch_shell=watch_shell,
            options=options,
        )
        whole = {**os.environ, "PYTHONPATH": f"{HERE}{os.pathsep}{tmp_path}", **(env or {})}
        server = ForkServer(recipe, env=whole)
        made.append(server)
        return server

    yield make
    for server in made:
        server.close()


@pytest.fixture
def running():
    return is_running

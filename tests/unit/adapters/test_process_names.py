"""Whether a process of which only the name is known has ended."""

from __future__ import annotations

import subprocess
import sys

import pytest

from notebook_automation.adapters.process_names import has_ended, own_name


def test_one_that_runs_has_not_ended_and_one_that_ended_has() -> None:
    assert not has_ended(own_name())
    code = "from notebook_automation.adapters.process_names import own_name; print(own_name())"
    name = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert has_ended(name)
    assert has_ended(f"{name}:17")
    host, pid, visible = name.split(":")
    assert not has_ended(f"other-{host}:{pid}:{visible}")
    assert not has_ended(f"{host}:{pid}:1{visible}")


@pytest.mark.parametrize("name", ["", "a", "a:b", "::", "a server that was killed", "runner"])
def test_of_what_is_no_such_name_nothing_is_known(name: str) -> None:
    assert not has_ended(name)

"""What is being saved when the kernel is killed is saved, for as long as somebody waits for it."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from eventually import wait_until

KILLED = Path(__file__).with_name("killed_kernel.py")


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    (tmp_path / "checkpoint").mkdir()
    yield tmp_path / "checkpoint"
    (tmp_path / "go").touch()


def killed(folder: Path, lifeline: str) -> list[int]:
    """Return the children that saved when their kernel was killed with its process group."""
    ran = subprocess.run(
        [sys.executable, str(KILLED), str(folder), lifeline], cwd=folder.parent, stdout=subprocess.PIPE, text=True,
        start_new_session=True, check=False,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "IPYTHONDIR": str(folder.parent / "ipython")},
    )  # fmt: skip
    pids = [int(line) for line in ran.stdout.splitlines()]
    assert len(pids) == 2
    return pids


def runs(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def is_locked(folder: Path, number: int) -> bool:
    with (folder / f"{number}.saving").open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_children_go_on_for_as_long_as_somebody_waits(folder: Path) -> None:
    pipe = folder / "saves-it"
    os.mkfifo(pipe)
    end = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    pids = killed(folder, str(pipe))
    wait_until(lambda: [psutil.Process(pid).name() for pid in pids] == ["saves-it"] * 2)
    assert [is_locked(folder, number) for number in (0, 1)] == [True, True]
    assert not list(folder.glob("*.json"))
    (folder.parent / "go").touch()
    wait_until(lambda: not any(map(runs, pids)))
    records = [json.loads((folder / f"{number}.json").read_text()) for number in (0, 1)]
    assert [(record["how"], record["obstacle"]) for record in records] == [("forked", "")] * 2
    assert [is_locked(folder, number) for number in (0, 1)] == [False, False]
    os.close(end)


def test_children_end_with_whoever_waits(folder: Path) -> None:
    pipe = folder / "saves-it"
    os.mkfifo(pipe)
    end = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    pids = killed(folder, str(pipe))
    assert all(map(runs, pids))
    os.close(end)
    wait_until(lambda: not any(map(runs, pids)))
    assert not list(folder.glob("*.json"))


@pytest.mark.parametrize("lifeline", ["", "nothing-there"])
def test_children_end_with_the_kernel_where_nobody_waits(folder: Path, lifeline: str) -> None:
    pids = killed(folder, lifeline)
    wait_until(lambda: not any(map(runs, pids)))
    assert not list(folder.glob("*.json"))

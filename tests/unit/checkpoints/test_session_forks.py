"""The child that saves while the next cell runs: what it shares with its parent, what becomes of one that is lost."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import types
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from eventually import wait_until

from notebook_automation.checkpoints import child, choice, fork_safety, session, session_saver

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

GATE = """
import os, time
class Gate:
    def __reduce__(self):
        open('waits', 'w').close()
        while not os.path.exists('go'):
            time.sleep(0.01)
        return Gate, ()
"""
"""Who saves it waits until there is a file `go`."""


@pytest.fixture
def folder(shell: InteractiveShell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for module in fork_safety._UNFIT.keys() & sys.modules.keys():
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setattr(choice, "TIMES_A_FORK", 0.0)
    session.begin(str(tmp_path / "checkpoint"), str(tmp_path))
    yield tmp_path / "checkpoint"
    (tmp_path / "go").touch()


def run(shell: InteractiveShell, number: int, source: str) -> None:
    shell.run_cell(source, store_history=True).raise_error()
    session.save(number, source, [])


def record(folder: Path, number: int) -> dict[str, Any]:
    path = folder / f"{number}.json"
    wait_until(path.exists)
    return dict(json.loads(path.read_text()))


def restored(folder: Path, number: int) -> None:
    session.begin(str(folder), str(folder.parent))
    session.restore(number)


def test_the_state_is_that_of_the_moment_and_not_of_the_next_cells(
    shell: InteractiveShell, folder: Path, tmp_path: Path
) -> None:
    (tmp_path / "in.txt").write_text("abcdef")
    run(shell, 1, GATE + "r = open('in.txt'); w = open('out.txt', 'w'); _ = w.write('one'), r.read(2)")
    run(shell, 2, "x = [1]; all = [Gate(), x, r, w]")
    run(shell, 3, "x.append(2); _ = r.read(2), w.write(' two'); w.flush()")
    assert not (folder / "2.json").exists()
    assert (tmp_path / "out.txt").read_text() == "one two"
    (tmp_path / "go").touch()
    assert {record(folder, number)["how"] for number in (1, 2, 3)} == {"forked"}
    restored(folder, 2)
    assert shell.user_ns["x"] == [1]
    assert shell.user_ns["r"].read() == "cdef"
    shell.user_ns["w"].write(" other")
    shell.user_ns["w"].close()
    assert (tmp_path / "out.txt").read_text() == "one other"


def test_children_come_one_after_the_other_and_only_so_many(
    shell: InteractiveShell, folder: Path, tmp_path: Path
) -> None:
    run(shell, 1, GATE + "x = [0]; g = Gate()")
    wait_until((tmp_path / "waits").exists)
    for number in range(2, 1 + session_saver._MOST_CHILDREN):
        run(shell, number, "x.append(0); y = x")
    assert not list(folder.glob("*.json"))
    # Who comes too late waits, with the cell that ran.
    opener = threading.Timer(0.1, (tmp_path / "go").touch)
    opener.start()
    run(shell, 99, "z = 1")
    assert (folder / "1.json").exists()
    numbers = (*range(1, 1 + session_saver._MOST_CHILDREN), 99)
    written = [record(folder, number)["blobs"] for number in numbers]
    assert sum(map(len, written)) == len({digest for blobs in written for digest in blobs})
    times = [(folder / f"{number}.json").stat().st_mtime_ns for number in numbers]
    assert times == sorted(times)


def test_a_child_that_is_killed_at_any_point_costs_one_checkpoint(
    shell: InteractiveShell, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = 0
    while True:
        point += 1
        monkeypatch.setattr(session_saver, "sign_of_life", killer(point))
        run(shell, point, f"x = [{point}]; big = bytearray(100_000 + {point})")
        lost = record(folder, point)
        monkeypatch.setattr(session_saver, "sign_of_life", child.sign_of_life)
        if "error" not in lost:
            break
        assert lost["error"] == (
            f"The state after cell {point} could not be saved: the child process that saved it was lost."
        )
        assert not list(folder.glob("*.*.*"))
        run(shell, 1000 + point, "y = x")
        after = record(folder, 1000 + point)
        assert after["why"] == "the child process that was to save before was lost"
        restored(folder, 1000 + point)
        assert shell.user_ns["y"] is shell.user_ns["x"] == [point]
    assert point > 5


def test_a_state_that_is_quickly_saved_is_saved_in_place(
    shell: InteractiveShell, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "TIMES_A_FORK", 1000.0)
    run(shell, 1, "x = [1]")
    first = record(folder, 1)
    assert (first["how"], first["why"]) == ("in place", "that was quicker")
    run(shell, 2, "y = x; large = bytearray(100_000_000)")
    assert record(folder, 2)["how"] == "forked"
    run(shell, 3, "del large; z = x")
    session._begun()._learn(0)  # type: ignore[attr-defined]
    run(shell, 4, "w = x")
    assert record(folder, 4)["how"] == "in place"
    restored(folder, 4)
    assert shell.user_ns["x"] is shell.user_ns["y"] is shell.user_ns["z"] is shell.user_ns["w"]


def test_code_of_the_notebook_is_left_to_a_child(
    shell: InteractiveShell, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "TIMES_A_FORK", 1000.0)
    run(shell, 1, "class C:\n    pass\nc = [C()]")
    assert record(folder, 1)["how"] == "in place"
    run(shell, 2, GATE + "class D(Gate):\n    pass\nc = [D()]; all = [c]")
    run(shell, 3, "x = 1")
    assert not (folder / "2.json").exists()
    (folder.parent / "go").touch()
    assert [record(folder, number)["how"] for number in (2, 3)] == ["forked"] * 2


def test_saving_in_place_that_is_given_up_at_any_point_leaves_it_to_a_child(
    shell: InteractiveShell, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "TIMES_A_FORK", 1000.0)
    ended: list[str] = []
    while ended[-1:] != ["in place"]:
        point = len(ended) + 1
        session.begin(str(folder), str(folder.parent))
        with monkeypatch.context() as patched:
            patched.setattr(choice.Budget, "spend", spender(point))
            source = (
                f"x = [{point}]; y = [open, x]; big = bytearray(100_000 + {point}); texts = list(map(str, range(9999)))"
            )
            run(shell, point, source)
        ended.append(record(folder, point)["how"])
        assert not list(folder.glob("*.*.*"))
        restored(folder, point)
        assert shell.user_ns["y"][1] is shell.user_ns["x"]
        assert shell.user_ns["x"] == [point]
    assert len(ended) > 5


def spender(point: int) -> Any:
    """Return what finds all spent at the given point."""
    left = [point]

    def spend(self: choice.Budget, size: int = 0) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise choice.TooDear

    return spend


def killer(point: int) -> Any:
    """Return a sign of life that is the last, at the given one."""
    left = [point]

    def sign(size: int = 0) -> None:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return sign


def test_a_child_that_is_killed_once_its_record_stands_has_saved(
    shell: InteractiveShell, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = session_saver.write_record

    def last(*given: Any) -> None:
        whole(*given)
        os.kill(os.getpid(), signal.SIGKILL)

    with monkeypatch.context() as patched:
        patched.setattr(session_saver, "write_record", last)
        run(shell, 1, "x = [1]; big = bytearray(1_000_000)")
        first = record(folder, 1)
    run(shell, 2, "y = x")
    second = record(folder, 2)
    assert first["bytes"] > 1_000_000 > second["bytes"]
    restored(folder, 2)
    assert shell.user_ns["y"] is shell.user_ns["x"]


def test_a_child_that_waits_for_ever_ends_itself(
    shell: InteractiveShell, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(child, "_PATIENCE", 0.3)
    run(shell, 1, GATE + "g = Gate()")
    assert "child process that saved it was lost" in record(folder, 1)["error"]
    run(shell, 2, "del g; x = 1")
    assert record(folder, 2)["how"] == "in place"
    run(shell, 3, "x = 2")
    assert record(folder, 3)["how"] == "forked"


def test_many_saves_leave_nothing_behind(shell: InteractiveShell, folder: Path) -> None:
    run(shell, 0, "x = []")
    session._begun()._learn(0)  # type: ignore[attr-defined]
    before = descriptors(), threading.active_count(), children()
    for number in range(1, 51):
        run(shell, number, "x.append(1)")
    record(folder, 50)
    session._begun()._learn(0)  # type: ignore[attr-defined]
    # The thread that has waited for the last child ends a moment later.
    wait_until(lambda: (descriptors(), threading.active_count(), children()) == before)


def children() -> set[str]:
    """The children of this process, those of other tests too."""
    return {pid for tasks in Path("/proc/self/task").glob("*/children") for pid in tasks.read_text().split()}


def descriptors() -> set[str]:
    found = set()
    for name in os.listdir("/proc/self/fd"):
        try:
            found.add(f"{name}: {os.readlink(f'/proc/self/fd/{name}')}")
        except OSError:
            continue
    return found


def test_a_child_is_not_the_cells_to_stop_or_to_wait_for(shell: InteractiveShell, folder: Path, tmp_path: Path) -> None:
    run(shell, 1, GATE + "g = Gate()")
    wait_until((tmp_path / "waits").exists)
    (saving,) = session._begun()._saving  # type: ignore[attr-defined]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1):
        os.kill(saving.child.pid, number)
    (tmp_path / "go").touch()
    # By its number: os.wait() would wait for children of other tests as well, which may not end at all.
    shell.run_cell(f"try:\n    os.waitpid({saving.child.pid}, 0)\nexcept ChildProcessError:\n    pass").raise_error()
    assert record(folder, 1)["how"] == "forked"
    run(shell, 2, "x = 1")
    assert record(folder, 2)["how"] == "forked"


def test_what_a_fork_does_not_stand_is_saved_in_place(
    shell: InteractiveShell, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as loaded:
        loaded.setitem(sys.modules, "lightgbm", types.ModuleType("lightgbm"))
        run(shell, 1, "x = 1")
    assert record(folder, 1)["why"] == "lightgbm is loaded: its threads are needed to save"
    run(
        shell,
        2,
        "import threading\nend = threading.Event(); t = threading.Thread(target=end.wait, name='mine'); t.start()",
    )
    assert record(folder, 2)["why"] == "the thread 'mine' runs beside the cells"
    run(shell, 3, "end.set(); t.join(); del t, end\nimport logging; h = [open('deep.log', 'w')]; h = lambda h=h: h")
    assert record(folder, 3)["how"] == "forked"
    with (tmp_path / "other.txt").open("w"):
        run(shell, 4, "x = 4")
    assert record(folder, 4)["why"] == f"{tmp_path / 'other.txt'} is open"


def test_what_a_child_writes_to_the_screen_is_not_the_notebooks(
    capfd: pytest.CaptureFixture[str], shell: InteractiveShell, folder: Path
) -> None:
    noisy = "import os\nclass N:\n    def __reduce__(self):\n        print('out'); os.write(2, b'err'); return N, ()\n"
    run(shell, 1, noisy + "n = N()")
    assert record(folder, 1)["how"] == "forked"
    session._begun()._learn(0)  # type: ignore[attr-defined]
    assert capfd.readouterr() == ("", "")

"""How each peer saves the state after a cell and restores it: in processes of their own, also for `cases.yaml`.

Kishu may be in another environment, which `BENCHMARK_KISHU_PYTHON` names the interpreter of.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class Way(ABC):
    """Saves the state of ``shell`` in ``folder``; ``held`` has the seconds that each save held the notebook."""

    def __init__(self, shell: Any, folder: Path) -> None:
        self.shell = shell
        self.folder = folder
        self.held: list[float] = []

    def run(self, number: int, cell: str, tags: list[str] | None = None) -> None:
        """Run a cell, and save."""
        self.shell.run_cell(cell, store_history=True).raise_error()
        begun = time.perf_counter()
        self.save(number, cell, tags or [])
        self.held.append(time.perf_counter() - begun)

    @abstractmethod
    def save(self, number: int, cell: str, tags: list[str]) -> None:
        """Save the state after a cell."""

    def end(self) -> None:
        """Wait until all is there."""
        return

    @abstractmethod
    def restore(self) -> None:
        """Restore what was saved last, in another process."""

    def written(self) -> float:
        """Return the bytes that were written."""
        return float(sum(path.stat().st_size for path in self.folder.rglob("*") if path.is_file()))


class Nothing(Way):
    """Saves nothing."""

    def save(self, number: int, cell: str, tags: list[str]) -> None:
        return

    def restore(self) -> None:
        return


class Forked(Way):
    """Ours, as in a session: a child saves."""

    def __init__(self, shell: Any, folder: Path) -> None:
        super().__init__(shell, folder)
        from notebook_automation.checkpoints import session

        self.session = session
        self.last = 0
        session.begin(str(folder / "checkpoint"), os.getcwd())

    def save(self, number: int, cell: str, tags: list[str]) -> None:
        self.last = number
        self.session.save(number, cell, tags)

    def end(self) -> None:
        while not (self.folder / "checkpoint" / f"{self.last}.json").exists():
            time.sleep(0.001)
        (self.folder / "last").write_text(str(self.last))

    def restore(self) -> None:
        self.session.restore(int((self.folder / "last").read_text()))


class InPlace(Way):
    """Ours, in the notebook's own process."""

    def __init__(self, shell: Any, folder: Path) -> None:
        super().__init__(shell, folder)
        from notebook_automation.checkpoints import Checkpointer

        self.checkpointer = Checkpointer(shell, folder / "blobs")

    def save(self, number: int, cell: str, tags: list[str]) -> None:
        manifest = self.checkpointer.save(number, cell, tags)
        (self.folder / "manifest.json").write_text(json.dumps(manifest.to_json()))

    def restore(self) -> None:
        from notebook_automation.checkpoints import Manifest

        self.checkpointer.restore(Manifest.from_json(json.loads((self.folder / "manifest.json").read_text())))


class Dill(Way):
    """`dill.dump_session`, which, as ours, does not wait for the disk."""

    total = 0

    def save(self, number: int, cell: str, tags: list[str]) -> None:
        import dill  # type: ignore[import-untyped]

        with (self.folder / "session").open("wb") as file:
            dill.dump_session(file)
        self.total += (self.folder / "session").stat().st_size

    def restore(self) -> None:
        import dill

        dill.load_session(str(self.folder / "session"))

    def written(self) -> float:
        return float(self.total)


class Kishu(Way):
    """Kishu commits by hooks before and after each cell."""

    def __init__(self, shell: Any, folder: Path) -> None:
        super().__init__(shell, folder)
        os.environ |= {"KISHU_PATH_ROOT": str(folder), "ENV_KISHU_TEST_MODE": "1"}
        from kishu.jupyterint import KishuForJupyter  # type: ignore[import-not-found]
        from kishu.notebook_id import NotebookId  # type: ignore[import-not-found]

        notebook = folder / "notebook.ipynb"
        folder.mkdir(parents=True, exist_ok=True)
        notebook.write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
        self.kishu = KishuForJupyter(NotebookId("key", notebook, "kernel"), ip=shell)
        self.hooks = 0.0

    def run(self, number: int, cell: str, tags: list[str] | None = None) -> None:
        taken = 0.0

        def timed(hook: Callable[[Any], object], given: Any) -> None:
            nonlocal taken
            begun = time.perf_counter()
            hook(given)
            taken += time.perf_counter() - begun

        timed(self.kishu.pre_run_cell, None)
        result = self.shell.run_cell(cell, store_history=True)
        timed(self.kishu.post_run_cell, result)
        result.raise_error()
        self.held.append(taken)
        (self.folder / "last").write_text(self.kishu._kishu_graph.head())

    def save(self, number: int, cell: str, tags: list[str]) -> None:
        raise NotImplementedError("its hooks save")

    def restore(self) -> None:
        self.kishu.checkout((self.folder / "last").read_text(), skip_notebook=True)


WAYS: dict[str, type[Way]] = {
    "nothing": Nothing, "ours, forked": Forked, "ours, in place": InPlace, "dill.dump_session": Dill, "Kishu": Kishu
}  # fmt: skip


def interpreter(way: str) -> str | None:
    """Return the interpreter that has what ``way`` needs, None where there is none."""
    if way != "Kishu":
        return sys.executable
    found = os.environ.get("BENCHMARK_KISHU_PYTHON", sys.executable)
    asked = subprocess.run([found, "-c", "import kishu.jupyterint"], capture_output=True, check=False)
    return found if asked.returncode == 0 else None


def environment(folder: Path) -> dict[str, str]:
    """Return the environment of a process that runs ``way``."""
    return {**os.environ, "PYTHONPATH": str(ROOT), "IPYTHONDIR": str(folder / "ipython")}


def serve_cases(name: str) -> None:
    """Answer each line of stdin, a case of `cases.yaml`, as `case_process` does, for a peer."""
    from tests.unit.checkpoints import case_process

    def save(shell: Any, case: dict[str, Any], folder: Path) -> dict[str, Any]:
        os.chdir(folder / "saved")
        way = WAYS[name](shell, folder / "blobs")
        for number, cell in enumerate(case["cells"], start=1):
            try:
                way.run(number, cell["source"], cell["tags"])
            except Exception as error:  # noqa: BLE001 - whatever it raises, it has said that it cannot
                if number == len(case["cells"]):
                    return {"refused": repr(error)}
        way.end()
        return {}

    def restore(shell: Any, folder: Path, saved: dict[str, Any]) -> None:
        WAYS[name](shell, folder / "blobs").restore()

    case_process.answer_lines((*case_process.PRELOADED, "polars"), save, restore)


if __name__ == "__main__":
    serve_cases(sys.argv[1])

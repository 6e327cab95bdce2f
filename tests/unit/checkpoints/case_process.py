"""Runs cases of `cases.py`: each undisturbed, then with a checkpoint after every cell that another process restores.

Started as a process of its own: it imports what the cases use once, and forks for each of the three runs of a case.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import json
import os
import sys
import traceback
import types
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import Any

from IPython.core.interactiveshell import InteractiveShell

from notebook_automation.checkpoints import Checkpointer, Manifest, NotResumable, choice, session
from tests.eventually import wait_until

Save = Callable[[InteractiveShell, dict[str, Any], Path], dict[str, Any]]
"""Runs the cells in a folder and saves after each; returns what its `Restore` needs, ``refused`` or ``error``."""
Restore = Callable[[InteractiveShell, Path, dict[str, Any]], None]
PRELOADED = ("numpy", "pandas", "matplotlib.pyplot", "sklearn.linear_model", "asyncio", "sqlite3")


def serve() -> None:
    """Answer each line of stdin, a case in JSON, with a line of what became of it.

    With ``forked`` as argument the state is saved by forked children, as that of a session is.
    """
    # Where polars is loaded nothing is forked.
    if "forked" in sys.argv:
        choice.TIMES_A_FORK = 0.0
        answer_lines(PRELOADED, saved_by_children, restored_in_session)
    else:
        answer_lines((*PRELOADED, "polars"), with_checkpoints, restored)


def answer_lines(preloaded: Iterable[str], save: Save, restore: Restore) -> None:
    """Answer each line of stdin with what becomes of its case where ``save`` and ``restore`` do the work."""
    for name in preloaded:
        importlib.import_module(name)
    shell = new_shell()
    # What the children do not change they share.
    gc.freeze()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        answers.write(json.dumps(run_case(shell, json.loads(line), save, restore)) + "\n")
        answers.flush()


def run_case(shell: InteractiveShell, case: dict[str, Any], save: Save, restore: Restore) -> dict[str, Any]:
    """Return ``outcome`` (right, refused, wrong, failed) with ``detail``."""
    folder = Path(case["folder"])
    for name in ("alone", "saved", "blobs"):
        (folder / name).mkdir(parents=True)
    alone = in_child(lambda: undisturbed(shell, case, folder / "alone"))
    saved = in_child(lambda: save(shell, case, folder))
    if "refused" in saved:
        return {"outcome": "refused", "detail": saved["refused"]}
    if "error" in saved:
        return {"outcome": "failed", "detail": saved}
    again = in_child(lambda: after_restore(shell, case, folder, partial(restore, shell, folder, saved)))
    found = {"expected": alone.get("value"), "got": again.get("value"), "detail": again.get("error", "")}
    found["how"] = saved.get("how")
    if "refused" in again:
        return {**found, "outcome": "refused", "detail": again["refused"]}
    if "error" in again and "error" not in alone:
        return {**found, "outcome": "failed"}
    return {**found, "outcome": "right" if again == alone else "wrong"}


def in_child(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return what ``work`` returns in a forked process."""
    receiving, sending = os.pipe()
    if os.fork() == 0:
        os.close(receiving)
        try:
            answer = work()
        except BaseException:  # noqa: BLE001 - it is what becomes of the case
            answer = {"error": traceback.format_exc()[-300:]}
        with os.fdopen(sending, "w") as file:
            json.dump(answer, file)
        os._exit(0)
    os.close(sending)
    with os.fdopen(receiving) as file:
        text = file.read()
    os.wait()
    return dict(json.loads(text)) if text else {"error": "the process died"}


def undisturbed(shell: InteractiveShell, case: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Run the cells, and then what is to be checked."""
    os.chdir(folder)
    for cell in case["cells"]:
        run_cell(shell, cell["source"])
    return checked(shell, case)


def with_checkpoints(shell: InteractiveShell, case: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Run the cells with a checkpoint after each; return the last one's manifest."""
    os.chdir(folder / "saved")
    checkpointer = Checkpointer(shell, folder / "blobs")
    manifest = None
    for number, cell in enumerate(case["cells"], start=1):
        run_cell(shell, cell["source"])
        manifest = checkpointer.save(number, cell["source"], cell["tags"])
    assert manifest is not None
    return {"manifest": manifest.to_json()}


def restored(shell: InteractiveShell, folder: Path, saved: dict[str, Any]) -> None:
    """Restore what `with_checkpoints` has saved."""
    Checkpointer(shell, folder / "blobs").restore(Manifest.from_json(saved["manifest"]))


def saved_by_children(shell: InteractiveShell, case: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Run the cells one after the other, each saved by a child meanwhile; return how it was saved."""
    os.chdir(folder / "saved")
    session.begin(str(folder / "blobs"), os.getcwd())
    for number, cell in enumerate(case["cells"], start=1):
        run_cell(shell, cell["source"])
        session.save(number, cell["source"], cell["tags"])
    last = folder / "blobs" / f"{len(case['cells'])}.json"
    wait_until(last.exists)
    record = json.loads(last.read_text())
    return {"number": record["number"], "how": record.get("how"), "why": record.get("why")} | (
        {"error": record["error"]} if "error" in record else {}
    )


def restored_in_session(shell: InteractiveShell, folder: Path, saved: dict[str, Any]) -> None:
    """Restore what `saved_by_children` has saved."""
    session.begin(str(folder / "blobs"), os.getcwd())
    session.restore(saved["number"])


def after_restore(
    shell: InteractiveShell, case: dict[str, Any], folder: Path, restore: Callable[[], None]
) -> dict[str, Any]:
    """Restore in a process that has run nothing, and check there."""
    os.chdir(folder / "saved")
    try:
        restore()
    except NotResumable as error:
        return {"refused": str(error)}
    return checked(shell, case)


def new_shell() -> InteractiveShell:
    """Return a shell whose namespace is ``__main__``'s, as a kernel's is."""
    main = types.ModuleType("__main__")
    sys.modules["__main__"] = main
    shell = InteractiveShell.instance(user_module=main, history_load_length=0)
    shell.history_manager.enabled = False
    return shell


def run_cell(shell: InteractiveShell, source: str) -> None:
    """Run a cell; its error is an error of the case."""
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        shell.run_cell(source, store_history=True).raise_error()


def checked(shell: InteractiveShell, case: dict[str, Any]) -> dict[str, Any]:
    """Run what comes after, and return what the check gives, as text."""
    run_cell(shell, case["after"])
    return {"value": repr(eval(compile(case["check"], "<check>", "eval"), shell.user_ns))}


if __name__ == "__main__":
    serve()

"""What goes on in the background outlives whatever it looks at: a loop is `Rounds`, or catches what an item raises."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "notebook_automation"
ROOMS = ("adapters", "api", "engine", "runner", "services", "store", "supervisor")
MODULES = sorted(path for room in ROOMS for path in (PACKAGE / room).rglob("*.py"))
STARTERS = {"create_task": "coroutine", "ensure_future": "coroutine", "Thread": "target"}
MORTAL = {
    "adapters/lines.py:_read": "it only hands lines over to the event loop, where each is taken up by itself",
    "api/changes.py:_send_all": "it serves one client, and that client comes again",
    "supervisor/runner_pool.py:_fill": "it ends by itself, and is started again by the next session",
}
"""Why these may end."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def started(tree: ast.AST) -> set[str]:
    """Return the names of the functions that are started as tasks or threads."""
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or called(node) not in STARTERS:
            continue
        values = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "target")]
        for value in values:
            target = value.func if isinstance(value, ast.Call) else value
            if isinstance(target, ast.Attribute):
                found.add(target.attr)
            elif isinstance(target, ast.Name):
                found.add(target.id)
    return found


def loops(function: Function) -> Iterator[ast.While]:
    """Yield the loops that are in no other."""
    waiting: list[ast.AST] = [function]
    while waiting:
        for node in ast.iter_child_nodes(waiting.pop()):
            if isinstance(node, ast.While):
                yield node
            else:
                waiting.append(node)


def catches_all(loop: ast.While, functions: dict[str, Function]) -> bool:
    """Whether what the loop does stands in a ``try`` for any Exception, here or in the function that it calls."""
    inside: list[ast.AST] = [loop]
    for node in ast.walk(loop):
        if isinstance(node, ast.Call) and called(node) in functions:
            inside.append(functions[called(node)])
    handlers = [node for place in inside for node in ast.walk(place) if isinstance(node, ast.ExceptHandler)]
    return any(getattr(handler.type, "id", "") in ("Exception", "BaseException") for handler in handlers)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_background_loop_ends_with_one_item(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, Function)}
    place = path.relative_to(PACKAGE).as_posix()
    mortal = [
        f"{place}:{name}"
        for name in sorted(started(tree) & functions.keys())
        if f"{place}:{name}" not in MORTAL
        for loop in loops(functions[name])
        if not catches_all(loop, functions)
    ]
    assert mortal == []

"""Every public method of a service that takes a caller requires something of the caller."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

SERVICES = Path(__file__).parents[2] / "notebook_automation" / "services"
ASKS_IF_THERE = {"projects.at"}
"""Where there may be nothing yet, and so nothing to ask for."""
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions() -> Iterator[tuple[str, Function]]:
    for path in sorted(SERVICES.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, Function):
                yield f"{path.stem}.{node.name}", node


def takes_a_caller(function: Function) -> bool:
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    return any(argument.arg == "caller" for argument in arguments)


def certain(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield what is run whatever the arguments are: nothing of a branch. A loop asks for each thing that it shows."""
    for node in nodes:
        yield node
        match node:
            case ast.If() | ast.IfExp():
                yield from certain([node.test])
            case ast.BoolOp():
                yield from certain(node.values[:1])
            case ast.Try():
                yield from certain([*node.body, *node.finalbody])
            case _:
                yield from certain(ast.iter_child_nodes(node))


def requires(function: Function, known: set[str]) -> bool:
    """Whether it calls `caller.require(action, resource)`, or hands the caller to a function that does, in any case."""
    for call in (node for node in certain(function.body) if isinstance(node, ast.Call)):
        if isinstance(call.func, ast.Attribute) and ast.unparse(call.func) == "caller.require":
            return True
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)
        hands_over = any(isinstance(argument, ast.Name) and argument.id == "caller" for argument in call.args)
        if hands_over and name in known:
            return True
    return False


def test_every_service_method_that_takes_a_caller_requires_something() -> None:
    takers = [(name, function) for name, function in functions() if takes_a_caller(function)]
    assert len(takers) > 30
    known: set[str] = set()
    while True:
        # A name counts once every function of that name is known to require something.
        missing = [(name, function) for name, function in takers if not requires(function, known)]
        names = {function.name for _, function in takers} - {function.name for _, function in missing}
        if names == known:
            break
        known = names
    assert {name for name, function in missing if not function.name.startswith("_")} == ASKS_IF_THERE


def test_the_check_would_find_a_method_that_asks_nobody() -> None:
    careless = ast.parse("def remove(self, caller, key):\n    return self.store.remove(key)").body[0]
    sometimes = ast.parse("def counts(self, caller, key):\n    x = self.get(caller, key) if key else None").body[0]
    passing_on = ast.parse("def remove(self, caller, key):\n    return self.get(caller, key)").body[0]
    assert isinstance(careless, Function)
    assert isinstance(sometimes, Function)
    assert isinstance(passing_on, Function)
    assert not requires(careless, {"get"})
    assert not requires(sometimes, {"get"})
    assert requires(passing_on, {"get"})
    assert not requires(passing_on, set())

"""Every test asserts something, none waits for a time instead of a condition, and unit tests mirror the modules."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
PACKAGE = TESTS.parent / "notebook_automation"
SOURCES = sorted(path for path in TESTS.rglob("*.py") if path.parent.name != "benchmarks")
CONTRACTS = [path for path in (TESTS / "contracts").glob("*.py") if not path.name.startswith(("test_", "conftest"))]
MODULES = [*CONTRACTS, *(path for path in SOURCES if path.name.startswith("test_"))]
WAITS = TESTS / "eventually.py"
ASSERTING = {"raises", "warns", "eventually", "wait_until", "expect", "fail"}
"""Functions whose call is an assertion, besides those named ``assert_…`` and ``expect_…``."""

Function = ast.FunctionDef | ast.AsyncFunctionDef


def name_of(path: Path) -> str:
    return str(path.relative_to(TESTS))


def called(node: ast.AST) -> str:
    """The last part of the name of what a call calls, else an empty text."""
    if not isinstance(node, ast.Call):
        return ""
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def sleeps(tree: ast.AST) -> Iterator[int]:
    """Lines that sleep. ``sleep(0)`` is none: it lets other tasks of the event loop go on.

    What a test hands to a kernel or another process to run, such as a cell that sleeps until it is cancelled, is text
    here and no call. ``na.sleep`` is the product's, of a test that is about it.
    """
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "na.sleep":
            continue
        if isinstance(node, ast.Call) and called(node) in ("sleep", "wait_for_timeout"):
            yields = [argument.value for argument in node.args if isinstance(argument, ast.Constant)] == [0]
            if not yields:
                yield node.lineno


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_only_the_polling_helper_sleeps(path: Path) -> None:
    found = list(sleeps(ast.parse(path.read_text(encoding="utf-8"))))
    assert bool(found) is (path == WAITS), f"lines {found}: wait for a condition, by {WAITS.name}"


def asserts(function: Function, helpers: dict[str, Function], seen: frozenset[str] = frozenset()) -> bool:
    """Whether the function asserts something, itself or by a function of its own module."""
    for node in ast.walk(function):
        name = called(node)
        if isinstance(node, ast.Assert) or name in ASSERTING or name.startswith(("assert_", "expect_")):
            return True
        if name in helpers and name not in seen and asserts(helpers[name], helpers, seen | {name}):
            return True
    return False


def runs_a_contract(tree: ast.AST) -> bool:
    """Whether the module runs a suite of `contracts` on an implementation, by a class derived from it."""
    bases = [base for node in ast.walk(tree) if isinstance(node, ast.ClassDef) for base in node.bases]
    return any(isinstance(base, ast.Name) and base.id.endswith("Contract") for base in bases)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_test_asserts_something(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, Function)}
    tests = [node for name, node in functions.items() if name.startswith("test_")]
    assert tests or runs_a_contract(tree)
    assert [test.name for test in tests if not asserts(test, functions)] == []


@pytest.mark.parametrize("layer", ["unit/adapters", "unit/domain", "unit/services", "store"])
def test_unit_tests_are_named_for_the_modules_that_they_test(layer: str) -> None:
    """`test_<module>.py`, `test_<package>_<what>.py`; names that others have too say the layer as well."""
    layer_name = layer.rpartition("/")[2]
    known = {path.stem for path in (PACKAGE / layer_name).glob("*.py")}
    packages = tuple(f"{path.parent.name}_" for path in (PACKAGE / layer_name).glob("*/__init__.py"))
    stems = [path.stem.removeprefix("test_") for path in (TESTS / layer).glob("test_*.py")]
    named = [stem.removeprefix(f"{layer_name}_").removesuffix("_service") for stem in stems]
    assert [name for name in named if name not in known and not f"{name}_".startswith(packages)] == []


def test_no_helper_hides_an_installed_module() -> None:
    """Tests' folders come first on the path: a helper named like a library would be imported instead of it."""
    installed = sys.stdlib_module_names | packages_distributions().keys()
    helpers = {path.stem for path in TESTS.rglob("*.py") if not (path.parent / "__init__.py").exists()}
    assert "eventually" in helpers
    assert helpers & installed <= {"conftest", "__main__"}

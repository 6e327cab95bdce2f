"""The notebook that imports a Python function, calls it and hands out what it returns."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from notebook_automation.domain.errors import NotFound

DEFAULT_KERNEL = "python3"
RESULT_MEDIA_TYPE = "application/vnd.notebook-automation.result+json"
"""The output in which the notebook hands out what the function returned."""


def function_notebook(path: Path, name: str, function: str) -> NotebookNode:
    """Return the notebook that calls ``function`` of the program at ``path``, which a person calls ``name``.

    Raises NotFound (``function_not_found``).
    """
    module = path.stem
    if module.isidentifier() and module not in sys.stdlib_module_names:
        imported = f"from {module} import {function}"
    else:
        imported = (
            "import importlib.util\n"
            f"spec = importlib.util.spec_from_file_location({module!r}, {path.name!r})\n"
            "module = importlib.util.module_from_spec(spec)\n"
            "spec.loader.exec_module(module)\n"
            f"{function} = module.{function}"
        )
    nb: NotebookNode = nbformat.v4.new_notebook()
    nb.metadata["kernelspec"] = {"name": DEFAULT_KERNEL, "display_name": "Python 3", "language": "python"}
    nb.cells = [
        nbformat.v4.new_markdown_cell(f"`{name}:{function}`"),
        nbformat.v4.new_code_cell(
            "from notebook_automation.sdk.calling import arguments, outside_the_loop\n"
            f"from notebook_automation.sdk.returning import returned\n\n{imported}"
        ),
        nbformat.v4.new_code_cell(_call(function, is_async=_is_awaited(path, name, function))),
    ]
    return nb


def _call(function: str, *, is_async: bool) -> str:
    """Return the cell that calls the function: itself, so that an error shows the function's lines and none of ours."""
    call = f"{function}(*args, **kwargs)"
    called = f"result = await {call}" if is_async else f"with outside_the_loop():\n    result = {call}"
    return f"args, kwargs = arguments({function})\n{called}\nreturned(result)"


def _is_awaited(path: Path, name: str, function: str) -> bool:
    """Whether the function is async, as far as its program shows. Raises NotFound (``function_not_found``)."""
    try:
        module = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        # The import will say it, with file and line.
        return False
    definition = next((node for node in _functions(ast.walk(module)) if node.name == function), None)
    if definition is not None:
        return isinstance(definition, ast.AsyncFunctionDef)
    bound = {_bound_name(node) for node in ast.walk(module)}
    if function not in bound and "*" not in bound:
        functions = [node.name for node in _functions(module.body)]
        has = f"It has: {', '.join(functions)}." if functions else "It has no function."
        raise NotFound(f"{name} has no function {function!r}. {has}", code="function_not_found")
    return False


def _functions(nodes: Iterable[ast.AST]) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in nodes if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


def _bound_name(node: ast.AST) -> str | None:
    """Return the name that a statement other than a function's definition binds; ``*`` for one of unknown names."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return node.id
    if isinstance(node, ast.alias):
        return node.asname or node.name.partition(".")[0]
    return node.name if isinstance(node, ast.ClassDef) else None

"""What a call runs: the cells of its notebook, the set-up and body of a handler, or a function's notebook."""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from nbformat import NotebookNode

from notebook_automation.domain.calls import Call
from notebook_automation.domain.cells import strip_magics, trigger_cell
from notebook_automation.domain.errors import Invalid, NotFound

if TYPE_CHECKING:
    from jupyter_client.kernelspec import KernelSpec, KernelSpecManager

DEFAULT_KERNEL = "python3"
SKIP = "skip-execution"
RESULT_MEDIA_TYPE = "application/vnd.notebook-automation.result+json"
"""The output in which a function's notebook hands out what the function returned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """``notebook`` as it is to run, before parameters; ``file_name`` is the executed notebook's."""

    notebook: NotebookNode
    kernel_name: str
    kernel_spec: KernelSpec
    cwd: Path
    file_name: str


def prepare(folder: Path, call: Call, kernel_name: str | None = None) -> Prepared:
    """Return what to run for ``call`` in the project laid out at ``folder``.

    ``kernel_name`` is what the session asks for, over the notebook's own. Raises NotFound (``call_not_found``,
    ``handler_not_found``, ``function_not_found``, ``kernel_not_found``) and Invalid (``notebook_invalid``).
    """
    path = folder / call.path
    if not path.is_file():
        raise NotFound(f"There is no file {call.path!r} in the project.", code="call_not_found")
    if not call.is_notebook:
        nb = _function_notebook(path, call.path, call.name or "")
    else:
        nb = _read(path, call.path)
        if call.name is None:
            _leave_out_handlers(nb)
        else:
            _only_handler(nb, call.path, call.name)
        if _is_python(nb):
            for cell in nb.cells:
                if cell.cell_type == "code" and "%" in cell.source:
                    cell.source = strip_magics(cell.source)
    name = kernel_name or nb.metadata.get("kernelspec", {}).get("name") or DEFAULT_KERNEL
    return Prepared(
        notebook=nb,
        kernel_name=name,
        kernel_spec=_kernel_spec(name),
        cwd=path.parent,
        file_name=f"{path.stem}.ipynb",
    )


def runs(cell: NotebookNode) -> bool:
    """Whether a run executes ``cell``."""
    return bool(cell.cell_type == "code" and cell.source.strip() and SKIP not in cell.metadata.get("tags", []))


def _read(path: Path, name: str) -> NotebookNode:
    try:
        nb: NotebookNode = nbformat.read(path, as_version=4)
        if not isinstance(nb.cells, list):
            raise ValueError("it has no cells")
    except Exception as error:
        # nbformat raises whatever a malformed file makes it stumble over: JSON, key, type and attribute errors.
        raise Invalid(f"{name} is no notebook that can be read: {error}", code="notebook_invalid") from error
    return nb


def _is_python(nb: NotebookNode) -> bool:
    metadata = nb.metadata
    language = metadata.get("language_info", {}).get("name") or metadata.get("kernelspec", {}).get("language")
    return language is None or str(language).lower() in ("python", "ipython")


def _leave_out_handlers(nb: NotebookNode) -> None:
    for cell in nb.cells:
        if cell.cell_type == "code" and trigger_cell(cell.source) is not None:
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), SKIP]


def _only_handler(nb: NotebookNode, path: str, name: str) -> None:
    """Keep the handler's cell, as its body, and what stands above it but other handlers."""
    names: list[str] = []
    kept: list[NotebookNode] = []
    for cell in nb.cells:
        found = trigger_cell(cell.source) if cell.cell_type == "code" else None
        if found is None:
            kept.append(cell)
            continue
        names.append(found.name)
        if found.name == name:
            cell.source = found.body
            nb.cells = [*kept, cell]
            return
    has = f"It has: {', '.join(names)}." if names else "It has no %%trigger cell."
    raise NotFound(f"{path} has no handler {name!r}. {has}", code="handler_not_found")


def _function_notebook(path: Path, name: str, function: str) -> NotebookNode:
    call = _call_of(path, name, function)
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
            f"import notebook_automation as na\nfrom notebook_automation.sdk.returning import returned\n\n{imported}"
        ),
        nbformat.v4.new_code_cell(f"returned({call})"),
    ]
    return nb


def _call_of(path: Path, name: str, function: str) -> str:
    """Return the expression that calls the function: awaited if it is async, without the event if it takes none."""
    try:
        body = ast.parse(path.read_bytes()).body
    except (SyntaxError, ValueError):
        # The import will say it, with file and line.
        return f"{function}(na.event)"
    bound: set[str] = set()
    for statement in ast.walk(ast.Module(body=body, type_ignores=[])):
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)) and statement.name == function:
            takes = statement.args
            given = "na.event" if takes.posonlyargs or takes.args or takes.vararg else ""
            waits = "await " if isinstance(statement, ast.AsyncFunctionDef) else ""
            return f"{waits}{function}({given})"
        if isinstance(statement, ast.Name) and isinstance(statement.ctx, ast.Store):
            bound.add(statement.id)
        elif isinstance(statement, ast.alias):
            bound.add(statement.asname or statement.name.partition(".")[0])
        elif isinstance(statement, ast.ClassDef):
            bound.add(statement.name)
    if function not in bound and "*" not in bound:
        functions = [one.name for one in body if isinstance(one, (ast.FunctionDef, ast.AsyncFunctionDef))]
        has = f"It has: {', '.join(functions)}." if functions else "It has no function."
        raise NotFound(f"{name} has no function {function!r}. {has}", code="function_not_found")
    return f"{function}(na.event)"


def _kernel_spec(name: str) -> KernelSpec:
    from jupyter_client.kernelspec import NoSuchKernel

    specs = _specs()
    try:
        return specs.get_kernel_spec(name)
    except NoSuchKernel:
        there = ", ".join(sorted(specs.find_kernel_specs())) or "none"
        raise NotFound(
            f"There is no kernel {name!r} on this machine. Installed: {there}.", code="kernel_not_found"
        ) from None


@cache
def _specs() -> KernelSpecManager:
    """One for the process: it finds out once which folders may hold kernelspecs, and looks into them each time."""
    from jupyter_client.kernelspec import KernelSpecManager

    return KernelSpecManager()

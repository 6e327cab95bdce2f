"""What a call runs: the cells of its notebook, the set-up and body of a handler, or a function's notebook."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nbformat import NotebookNode

from notebook_automation.domain.calls import Call
from notebook_automation.domain.cells import strip_magics, trigger_cell
from notebook_automation.domain.errors import NotFound

from .function_notebook import DEFAULT_KERNEL, function_notebook
from .notebook_file import read_notebook

if TYPE_CHECKING:
    from jupyter_client.kernelspec import KernelSpec

SKIP = "skip-execution"


@dataclass(frozen=True, slots=True, kw_only=True)
class CalledNotebook:
    """``notebook`` as it is to run, before parameters; ``file_name`` is the executed notebook's."""

    notebook: NotebookNode
    kernel_name: str
    kernel_spec: KernelSpec
    cwd: Path
    file_name: str


def called_notebook(
    folder: Path, call: Call, kernel_name: str | None = None, skip_tags: Collection[str] = ()
) -> CalledNotebook:
    """Return what to run for ``call`` in the workspace's copy of the project at ``folder``.

    ``kernel_name`` is what the session asks for, over the notebook's own; cells with one
    of ``skip_tags`` are not run. Raises NotFound (``call_not_found``,
    ``handler_not_found``, ``function_not_found``, ``kernel_not_found``) and Invalid (``notebook_invalid``).
    """
    path = folder / call.path
    if not path.is_file():
        raise NotFound(
            f"There is no file {call.path!r} in the project: correct the call, or bring the file back.",
            code="call_not_found",
        )
    if call.is_notebook:
        nb = read_notebook(path, call.path)
        _select_cells(nb, call)
        _skip(nb, lambda cell: not {*cell.metadata.get("tags", [])}.isdisjoint(skip_tags))
    else:
        nb = function_notebook(path, call.path, call.name or "")
    name = kernel_name or nb.metadata.get("kernelspec", {}).get("name") or DEFAULT_KERNEL
    return CalledNotebook(
        notebook=nb,
        kernel_name=name,
        kernel_spec=_kernel_spec(name),
        cwd=path.parent,
        file_name=call.executed_name,
    )


def is_executed(cell: NotebookNode) -> bool:
    """Whether a run executes ``cell``."""
    return bool(cell.cell_type == "code" and cell.source.strip() and SKIP not in cell.metadata.get("tags", []))


def _select_cells(nb: NotebookNode, call: Call) -> None:
    """Leave in ``nb`` what the call runs: the handler and what stands above it, or all but handlers."""
    if call.name is None:
        _leave_out_handlers(nb)
    else:
        _only_handler(nb, call.path, call.name)
    if _is_python(nb):
        for cell in nb.cells:
            if cell.cell_type == "code" and "%" in cell.source:
                cell.source = strip_magics(cell.source)


def _is_python(nb: NotebookNode) -> bool:
    metadata = nb.metadata
    language = metadata.get("language_info", {}).get("name") or metadata.get("kernelspec", {}).get("language")
    return language is None or str(language).lower() in ("python", "ipython")


def _leave_out_handlers(nb: NotebookNode) -> None:
    _skip(nb, lambda cell: trigger_cell(cell.source) is not None)


def _skip(nb: NotebookNode, is_left_out: Callable[[NotebookNode], bool]) -> None:
    """Tag the code cells that are not to run."""
    for cell in nb.cells:
        if cell.cell_type == "code" and is_left_out(cell):
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), SKIP]


def _only_handler(nb: NotebookNode, path: str, name: str) -> None:
    """Keep the handler's cell, as its body, and what stands above it but other handlers."""
    names: list[str] = []
    above: list[NotebookNode] = []
    for cell in nb.cells:
        found = trigger_cell(cell.source) if cell.cell_type == "code" else None
        if found is None:
            above.append(cell)
            continue
        names.append(found.name)
        if found.name == name:
            cell.source = found.body
            nb.cells = [*above, cell]
            return
    has = f"It has: {', '.join(names)}." if names else "It has no %%trigger cell."
    raise NotFound(f"{path} has no handler {name!r}. {has}", code="handler_not_found")


def _kernel_spec(name: str) -> KernelSpec:
    from jupyter_client.kernelspec import NoSuchKernel

    from .kernel_specs import kernel_specs

    specs = kernel_specs()
    try:
        return specs.get_kernel_spec(name)
    except NoSuchKernel:
        installed = ", ".join(sorted(specs.find_kernel_specs())) or "none"
        raise NotFound(
            f"There is no kernel {name!r} on this machine. Installed: {installed}.", code="kernel_not_found"
        ) from None

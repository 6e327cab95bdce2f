"""A notebook made ready as papermill does it: parameters injected, metadata set, marks of an earlier error removed."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

import nbformat
from nbformat import NotebookNode
from papermill.exceptions import PapermillException
from papermill.execute import prepare_notebook_metadata, remove_error_markers
from papermill.iorw import load_notebook_node
from papermill.parameterize import parameterize_notebook
from papermill.utils import nb_kernel_name, nb_language
from papermill.version import version as papermill_version

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.parameters import check_names_of

from .kernel_specs import kernel_specs


def parameterised_notebook(
    notebook: str | PathLike[str] | NotebookNode,
    output_path: str | PathLike[str] | None = None,
    *,
    parameters: Mapping[str, Any] | None = None,
    kernel_name: str | None = None,
    input_path: str | None = None,
) -> NotebookNode:
    """Return the notebook that is to run; ``notebook`` is a path or a node (which is copied).

    ``parameters`` go in by papermill's translators, in an ``injected-parameters`` cell; ``kernel_name`` goes over the
    notebook's own. The paths are noted in its metadata. Raises what papermill raises for a notebook without kernel or
    language name (`ValueError`) and for a file that is no notebook; Invalid (``parameter_language``,
    ``parameter_name_invalid``).
    """
    nb, source = _load(notebook)
    name = nb_kernel_name(nb, kernel_name)
    if parameters:
        language = _language(nb, name)
        check_names_of(language, parameters)
        try:
            nb = parameterize_notebook(nb, dict(parameters), kernel_name=name, language=language)
        except PapermillException:
            raise Invalid(
                f"A notebook in {language} takes no parameters: papermill, which would write them, does not know it. "
                "Run it without.",
                code="parameter_language",
            ) from None
    nb = prepare_notebook_metadata(nb, input_path or source, None if output_path is None else str(output_path))
    prepared: NotebookNode = remove_error_markers(nb)
    return prepared


def _load(notebook: str | PathLike[str] | NotebookNode) -> tuple[NotebookNode, str | None]:
    if not isinstance(notebook, NotebookNode):
        return load_notebook_node(str(notebook)), str(notebook)
    nb = nbformat.from_dict(notebook)
    nb = nbformat.v4.upgrade(nb) or nb
    nb.metadata.setdefault(
        "papermill",
        nbformat.from_dict(
            {
                "default_parameters": {},
                "parameters": {},
                "environment_variables": {},
                "version": papermill_version,
            }
        ),
    )
    for cell in nb.cells:
        cell.metadata.setdefault("tags", [])
        cell.metadata.setdefault("papermill", NotebookNode())
    return nb, None


def _language(nb: NotebookNode, kernel_name: str) -> str:
    """papermill's rule, and where the notebook does not say (never opened in a front end) what the kernel says."""
    try:
        return str(nb_language(nb))
    except ValueError:
        return str(kernel_specs().get_kernel_spec(kernel_name).language)

"""Widgets in a report: those that a page can show without another site; of the others, what else their output holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nbformat import NotebookNode

_STATE = "application/vnd.jupyter.widget-state+json"
_VIEW = "application/vnd.jupyter.widget-view+json"
_STANDARD = ("@jupyter-widgets/base", "@jupyter-widgets/controls", "@jupyter-widgets/output")
_REFERENCE = re.compile(r"IPY_MODEL_([\w-]+)")


def keep_standard_widgets(nb: NotebookNode) -> bool:
    """Take away from ``nb`` each widget that is not saved, or that its maker's script would have to be loaded for.

    Returns whether widgets are left.
    """
    saved = _mapping(_mapping(nb.metadata.get("widgets")).get(_STATE))
    models = {id_: _mapping(model) for id_, model in _mapping(saved.get("state")).items()}
    shown = _complete({id_: model for id_, model in models.items() if model.get("model_module") in _STANDARD})
    left = False
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            view = output.get("data", {}).get(_VIEW)
            if view is not None and str(_mapping(view).get("model_id")) not in shown:
                del output["data"][_VIEW]
            left = left or (view is not None and _VIEW in output["data"])
    if left:
        saved["state"] = shown
    else:
        nb.metadata.pop("widgets", None)
    return left


def _mapping(value: Any) -> Any:
    """Return ``value`` where it is a mapping, else an empty one: a notebook may hold anything."""
    return value if isinstance(value, Mapping) else {}


def _complete(models: dict[str, Any]) -> dict[str, Any]:
    """Return those of ``models`` that refer to no model that is not there."""
    needs = {id_: set(_REFERENCE.findall(str(model.get("state")))) for id_, model in models.items()}
    while incomplete := [id_ for id_, needed in needs.items() if not needed <= needs.keys()]:
        for id_ in incomplete:
            del needs[id_]
    return {id_: models[id_] for id_ in needs}

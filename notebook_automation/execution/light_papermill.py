"""Keeps papermill light in a process that runs a session. It is imported before whatever imports that.

papermill imports `pyarrow`, and with it NumPy, for notebooks on HDFS, and `requests` for notebooks on the web. It does
without the first where that is missing. A session's notebook is in its folder. Whoever else asks for one gets it.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

from . import light_jsonschema  # noqa: F401  (nbformat comes with papermill)


class _WhenUsed(ModuleType):
    """Stands for the module of its name, which is loaded once something of it is used."""

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self.__name__), name)


def _load() -> None:
    without: dict[str, ModuleType | None] = {
        "pyarrow": None,
        "requests": _WhenUsed("requests"),
    }
    without = {name: module for name, module in without.items() if name not in sys.modules}
    sys.modules.update(without)  # type: ignore[arg-type]
    try:
        import papermill.iorw  # noqa: F401
    finally:
        for name in without:
            del sys.modules[name]


_load()

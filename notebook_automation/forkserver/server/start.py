"""Starts the fork server: run as a file, by the interpreter whose children are wanted, with a control descriptor.

That interpreter may not have this project installed, so the folder beside this file is loaded as a package of
its own name, and neither the folder nor the working directory stays on `sys.path` for what is imported later.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys

PACKAGE = "notebook_automation_forkserver"


def load_server() -> object:
    """The module `main` of the package beside this file, whatever else is installed here."""
    folder = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [p for p in sys.path if p and os.path.abspath(p) != folder]
    spec = importlib.util.spec_from_file_location(
        PACKAGE, os.path.join(folder, "__init__.py"), submodule_search_locations=[folder]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"no package at {folder}")
    package = importlib.util.module_from_spec(spec)
    sys.modules[PACKAGE] = package
    spec.loader.exec_module(package)
    return importlib.import_module(f"{PACKAGE}.main")


if __name__ == "__main__":
    load_server().main(int(sys.argv[1]))  # type: ignore[attr-defined]

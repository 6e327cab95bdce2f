"""Tells installed modules from editable ones and from those of a working directory."""

from __future__ import annotations

import importlib.util
import os
import site
import sys
import sysconfig
from collections.abc import Iterable


def installed_folders(trusted: Iterable[str] = ()) -> tuple[str, ...]:
    """Folders that only an installer writes to: standard library, site-packages, user site, and the trusted."""
    paths = sysconfig.get_paths()
    found = [paths[k] for k in ("stdlib", "platstdlib", "purelib", "platlib")]
    found += getattr(site, "getsitepackages", list)()
    found.append(getattr(site, "USER_SITE", None) or "")
    found += [*trusted, os.path.dirname(os.path.abspath(__file__))]
    return tuple(sorted({os.path.realpath(p) + os.sep for p in found if p}))


def is_installed(path: str, folders: tuple[str, ...]) -> bool:
    return os.path.realpath(path).startswith(folders)


def place_of(module: str) -> str | None:
    """The file or folder a module would be imported from; None: built in, or not found."""
    spec = importlib.util.find_spec(module.partition(".")[0])
    if spec is None:
        return None
    if spec.submodule_search_locations:
        return next(iter(spec.submodule_search_locations), None)
    return spec.origin if spec.has_location else None


def stray_modules(names: Iterable[str], folders: tuple[str, ...]) -> list[str]:
    """Those loaded modules whose file is not in an installed folder."""
    stray = []
    for name in names:
        path = getattr(sys.modules.get(name), "__file__", None)
        if path and not is_installed(path, folders):
            stray.append(name)
    return sorted(stray)


def watched_paths() -> dict[str, int]:
    """Every folder of `sys.path` with its time of change in ns: an install or removal changes one of them."""
    found = {}
    for path in sys.path:
        try:
            found[path] = os.stat(path).st_mtime_ns
        except OSError:
            found[path] = 0
    return found

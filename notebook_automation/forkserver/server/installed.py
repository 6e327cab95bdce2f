"""Tells installed modules from editable ones and from those of a working directory."""

from __future__ import annotations

import importlib.util
import os
import site
import sys
import sysconfig
from collections.abc import Iterable

FEW = 5
MANY = 300
"""Modules that one kernel reports at most."""


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


def loaded_later(before: frozenset[str]) -> list[str]:
    """Installed modules loaded since `before`, of packages of which some module was loaded then; oldest first.

    These are what packages import at a function's first call. Fewer than `FEW` are none: a new fork server that has
    them would cost more than they do.
    """
    packages = {name.partition(".")[0] for name in before}
    new = [name for name in list(sys.modules) if name not in before and name.partition(".")[0] in packages]
    if len(new) < FEW:
        return []
    folders = installed_folders()
    found = [name for name in new if _can_be_imported(name, folders)][:MANY]
    return found if len(found) >= FEW else []


def _can_be_imported(name: str, folders: tuple[str, ...]) -> bool:
    module = sys.modules.get(name)
    spec, path = getattr(module, "__spec__", None), getattr(module, "__file__", None)
    return bool(path) and getattr(spec, "name", None) == name and is_installed(str(path), folders)


def watched_paths() -> dict[str, int]:
    """Every folder of `sys.path` with its time of change in ns: an install or removal changes one of them."""
    return watched_files(sys.path)


def watched_files(paths: Iterable[str]) -> dict[str, int]:
    """Each path with its time of change in ns, 0 where there is nothing."""
    found = {}
    for path in paths:
        try:
            found[path] = os.stat(path).st_mtime_ns
        except OSError:
            found[path] = 0
    return found


def modules_in(folder: str) -> set[str]:
    """Names of the modules and packages that a folder holds."""
    found = set()
    with os.scandir(folder) as entries:
        for entry in entries:
            stem, _, kind = entry.name.partition(".")
            if entry.is_dir():
                if os.path.isfile(os.path.join(entry.path, "__init__.py")):
                    found.add(entry.name)
            elif kind == "py" or kind.endswith(("so", "pyd")):
                found.add(stem)
    return found

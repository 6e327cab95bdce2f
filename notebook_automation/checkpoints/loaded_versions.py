"""Versions of the interpreter and of the packages that are loaded."""

from __future__ import annotations

import sys


class LoadedVersions:
    """Looks for each package once, as the modules are thousands; its version is as it is when it is asked for."""

    def __init__(self) -> None:
        self._packages: set[str] = set()
        self._looked_at: set[str] = set()
        self._loaded: tuple[int, str] = 0, ""

    def now(self) -> dict[str, str]:
        """Return the version of each by its name, ``python`` among them."""
        loaded = len(sys.modules), next(reversed(sys.modules))
        if loaded != self._loaded:
            self._loaded = loaded
            new = sys.modules.keys() - self._looked_at
            self._looked_at |= new
            self._packages |= {name for name in new if "." not in name and name != "__main__" and _version(name)}
        found = {name: _version(name) for name in sorted(self._packages)}
        return {"python": ".".join(map(str, sys.version_info[:3]))} | {name: one for name, one in found.items() if one}


def _version(name: str) -> str:
    module = sys.modules.get(name)
    version = None if module is None else vars(module).get("__version__")
    return version if isinstance(version, str) else ""

"""Which names of a notebook are its own: those of the shell stay out, data of the project's modules come in."""

from __future__ import annotations

import functools
import logging
import os
import re
import signal
import sys
import types
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from .handlers import is_known, loggers
from .kinds import is_a
from .places import Attribute, Handlers, Magic, Name, Output, Signal, place

_SHELL = frozenset(
    ("In", "Out", "get_ipython", "exit", "quit", "open", "_dh", "_ih", "_oh", "_", "__", "___", "_i", "_ii", "_iii",
     "__name__", "__doc__", "__package__", "__loader__", "__spec__", "__builtin__", "__builtins__", "__file__",
     "__session__", "_VSCODE_types", "_VSCODE_hashlib")
)  # fmt: skip
_NUMBERED = re.compile(r"_i?\d+")
_CACHED = type(functools.lru_cache(lambda: None))
_STANDARD_LIBRARY = os.path.dirname(os.__file__) + os.sep
_SIGNALS = tuple(sorted(map(int, signal.valid_signals())))


class Names:
    """The names of a shell's namespace. What the shell had at the start is its own, until it is bound anew."""

    def __init__(self, shell: Any, project: str) -> None:
        namespace: MutableMapping[str, Any] = shell.user_ns
        self._namespace = namespace
        self._magics = shell.magics_manager
        self._magics_at_first = {kind: dict(found) for kind, found in self._magics.magics.items()}
        self._project = os.path.realpath(project) + os.sep
        self._handlers_at_first = {name: list(logger.handlers) for name, logger in loggers()}
        self._at_first = {name: id(value) for name, value in namespace.items()}
        self._changed: set[str] = set()
        self._looked_at: set[str] = set()
        """Modules that were looked at: with libraries they are thousands."""
        self._of_project: set[str] = set()
        self._loaded: tuple[int, str] = 0, ""

    def values(self) -> dict[str, Any]:
        """Return what is to be saved, by the text of the place that holds it (`place`)."""
        own = {name: value for name, value in self._namespace.items() if self._is_own(name, value)}
        outputs = {str(Output(number)): value for number, value in self._outputs().items()}
        return own | dict(self._of_modules()) | outputs | self._own_magics() | _own_signals() | self._own_handlers()

    def note_changed(self, source_names: set[tuple[str, str]]) -> None:
        """Note attributes of modules that a cell has set: (name of the module in the notebook, attribute)."""
        for name, attribute in source_names:
            module: Any = self._namespace.get(name)
            if is_a(module, types.ModuleType) and module.__name__ != "__main__":
                self._changed.add(str(Attribute(module.__name__, attribute)))

    @property
    def changed(self) -> frozenset[str]:
        """The attributes of modules that cells have set."""
        return frozenset(self._changed)

    def take_over(self, changed: set[str]) -> None:
        """Know of attributes that were set before a restore."""
        self._changed = set(changed)

    def clear(self) -> None:
        """Remove the notebook's names and its outputs."""
        for name in [name for name, value in self._namespace.items() if self._is_own(name, value)]:
            del self._namespace[name]
        self._outputs().clear()
        for kind, found in self._magics.magics.items():
            for name in found.keys() - self._magics_at_first.get(kind, {}).keys():
                if getattr(found[name], "__module__", None) == "__main__":
                    del found[name]

        for name, logger in list(loggers()):
            logger.handlers[:] = self._handlers_at_first.get(name, [])

    def put(self, name: str, value: Any) -> None:
        """Let a place, of this text, hold a value."""
        match place(name):
            case Output(number):
                self._outputs()[number] = value
                self._namespace[f"_{number}"] = value
            case Magic(kind, magic):
                self._magics.register_function(value, magic_kind=kind, magic_name=magic)
            case Signal(number):
                signal.signal(number, value)
            case Handlers(logger):
                (logging.getLogger() if logger == "root" else logging.getLogger(logger)).handlers[:] = value
            case Attribute(module, attribute):
                __import__(module)
                setattr(sys.modules[module], attribute, value)
            case Name():
                self._namespace[name] = value

    def _is_own(self, name: str, value: Any) -> bool:
        if name in self._at_first and self._at_first[name] == id(value):
            return False
        return (name not in _SHELL or name == "open") and not _NUMBERED.fullmatch(name)

    def _outputs(self) -> MutableMapping[int, Any]:
        found = self._namespace.get("Out")
        return found if isinstance(found, dict) else {}

    def _own_magics(self) -> dict[str, Any]:
        """The magics that are functions of the notebook; those of extensions come back with these."""
        return {
            str(Magic(kind, name)): value
            for kind, found in self._magics.magics.items()
            for name, value in found.items()
            if is_a(value, types.FunctionType)
            and value.__module__ == "__main__"
            and self._magics_at_first.get(kind, {}).get(name) is not value
        }

    def _own_handlers(self) -> dict[str, Any]:
        """The handlers of loggers that the notebook has given some."""
        return {
            str(Handlers(name)): logger.handlers
            for name, logger in loggers()
            if logger.handlers != self._handlers_at_first.get(name)
            and (name == "root" or all(map(is_known, logger.handlers)))
        }

    def _of_modules(self) -> Iterator[tuple[str, Any]]:
        for name in sorted(self._changed):
            found = place(name)
            if isinstance(found, Attribute) and found.attribute in vars(sys.modules.get(found.module, object)):
                yield name, vars(sys.modules[found.module])[found.attribute]
        self._look_for_modules()
        for module in sorted(self._of_project & sys.modules.keys()):
            for attribute, value in list(vars(sys.modules[module]).items()):
                name = str(Attribute(module, attribute))
                if _is_data(attribute, value) and name not in self._changed:
                    yield name, value

    def _look_for_modules(self) -> None:
        # To touch each would make a process that is being forked copy the memory that they lie in.
        loaded = len(sys.modules), next(reversed(sys.modules))
        if loaded != self._loaded:
            self._loaded = loaded
            new = sys.modules.keys() - self._looked_at
            self._looked_at |= new
            self._of_project |= {name for name in new if self._is_of_project(name, sys.modules[name])}

    def _is_of_project(self, name: str, module: Any) -> bool:
        file = getattr(module, "__file__", None)
        if not is_a(module, types.ModuleType) or not isinstance(file, str):
            return False
        if name == "__main__" or name.startswith("notebook_automation.") or "site-packages" in file:
            return False
        return not file.startswith(_STANDARD_LIBRARY) and os.path.realpath(file).startswith(self._project)


def _own_signals() -> dict[str, Any]:
    """Return the handlers that are functions of the notebook."""
    handlers = {number: signal.getsignal(number) for number in _SIGNALS}
    return {
        str(Signal(number)): value
        for number, value in handlers.items()
        if is_a(value, types.FunctionType) and value.__module__ == "__main__"
    }


def definitions(values: Mapping[str, Any]) -> dict[int, str]:
    """Return the functions and classes that the notebook defines under their names, by id."""
    return {
        id(value): name
        for name, value in values.items()
        if name.isidentifier()
        and is_a(value, type | types.FunctionType | _CACHED)
        and getattr(value, "__module__", None) == "__main__"
    }


def _is_data(attribute: str, value: Any) -> bool:
    return not attribute.startswith("__") and not is_a(value, types.ModuleType | types.FunctionType | type)

"""State of the process that a notebook sets and reads: saved beside its names, and brought back around them."""

from __future__ import annotations

import contextlib
import decimal
import gc
import linecache
import locale
import logging
import os
import random
import socket
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

State = Any
_NEVER_KEPT = ("NOTEBOOK_AUTOMATION_", "JPY_", "JUPYTER_", "PYDEVD_")
"""Beginnings of variables that only one process can know."""


@dataclass(frozen=True, slots=True)
class _Part:
    """``save`` returns what `pickle` can hold, None for nothing; ``restore`` is given it. ``module`` must be loaded."""

    name: str
    save: Callable[[], State]
    restore: Callable[[State], object]
    module: str = "sys"
    late: bool = False
    """Restored after the names: what loading them has changed is set right."""


class ProcessState:
    """What can be saved of this process, compared with how it was when this was made."""

    def __init__(self, shell: Any, project: str) -> None:
        self._shell = shell
        self._project = project
        self._environment = dict(os.environ)
        self._collecting = True
        self._parts = (
            _Part("environment", self._changed_environment, self._set_environment),
            _Part("time zone", lambda: time.tzname, self._set_zone),
            _Part("folder", lambda: os.path.relpath(os.getcwd(), project), self._change_folder),
            _Part("path", lambda: [self._relative(one) for one in sys.path], self._set_path),
            _Part("extensions", self._extensions, self._load_extensions),
            _Part("recursion", sys.getrecursionlimit, sys.setrecursionlimit),
            _Part(
                "locale", lambda: locale.setlocale(locale.LC_ALL), lambda value: locale.setlocale(locale.LC_ALL, value)
            ),
            _Part("sockets", socket.getdefaulttimeout, socket.setdefaulttimeout),
            _Part("sources", self._sources, _set_sources),
            _Part("logging", _logging_levels, _set_logging_levels, late=True),
            _Part("decimal", decimal.getcontext, decimal.setcontext, late=True),
            _Part("numpy options", _numpy_options, _set_numpy_options, module="numpy", late=True),
            _Part("pandas options", _pandas_options, _set_pandas_options, module="pandas", late=True),
            _Part("polars options", _polars_options, _set_polars_options, module="polars", late=True),
            _Part("matplotlib", _matplotlib_options, _set_matplotlib_options, module="matplotlib", late=True),
            _Part("figure", _current_figure, _set_current_figure, module="matplotlib.pyplot", late=True),
            _Part("collector", lambda: (self._collecting, gc.get_threshold()), _set_collector, late=True),
            _Part("warnings", lambda: list(warnings.filters), _set_filters, late=True),
            _Part("counter", lambda: self._shell.execution_count, self._set_counter, late=True),
            _Part("random", random.getstate, random.setstate, late=True),
            _Part("numpy random", _numpy_random, _set_numpy_random, module="numpy.random", late=True),
            _Part("torch random", _torch_random, _set_torch_random, module="torch", late=True),
        )

    def save(self, *, collecting: bool) -> tuple[dict[str, State], list[str]]:
        """Return the state of what is loaded, for `restore`, and what could not be saved, in words.

        ``collecting`` says whether the garbage collector is on for the notebook.
        """
        self._collecting = collecting
        state: dict[str, State] = {}
        problems = []
        for part in self._parts:
            if part.module in sys.modules:
                try:
                    state[part.name] = part.save()
                except Exception as error:  # noqa: BLE001 - a library's own code, which the notebook may have replaced
                    problems.append(f"{part.name} could not be saved: {error}")
        return state, problems

    def restore(self, state: Mapping[str, State], *, late: bool) -> None:
        """Bring back what comes before the names, or (``late``) after them."""
        for part in self._parts:
            if part.late == late and part.name in state and state[part.name] is not None:
                if part.module not in sys.modules:
                    __import__(part.module)
                part.restore(state[part.name])

    def _changed_environment(self) -> dict[str, str | None]:
        now = dict(os.environ)
        return {
            name: now.get(name)
            for name in now.keys() | self._environment.keys()
            if now.get(name) != self._environment.get(name) and not name.startswith(_NEVER_KEPT)
        }

    def _set_environment(self, changed: Mapping[str, str | None]) -> None:
        for name in os.environ.keys() - self._environment.keys() - changed.keys():
            if not name.startswith(_NEVER_KEPT):
                del os.environ[name]
        wanted = {name: self._environment.get(name) for name in self._environment} | dict(changed)
        for name, value in wanted.items():
            if value is None:
                os.environ.pop(name, None)
            elif os.environ.get(name) != value and not name.startswith(_NEVER_KEPT):
                os.environ[name] = value

    def _set_zone(self, zone: tuple[str, str]) -> None:
        if time.tzname != zone:
            time.tzset()

    def _change_folder(self, folder: str) -> None:
        os.chdir(os.path.join(self._project, folder))

    def _relative(self, path: str) -> tuple[bool, str]:
        inside = path == self._project or path.startswith(self._project + os.sep)
        return inside, os.path.relpath(path, self._project) if inside else path

    def _set_path(self, path: list[tuple[bool, str]]) -> None:
        sys.path[:] = [os.path.normpath(os.path.join(self._project, one)) if inside else one for inside, one in path]

    def _extensions(self) -> list[str]:
        return sorted(self._shell.extension_manager.loaded)

    def _load_extensions(self, names: list[str]) -> None:
        for name in names:
            self._shell.extension_manager.load_extension(name)

    def _sources(self) -> dict[str, str]:
        return {
            name: "".join(entry[2])
            for name, entry in linecache.cache.items()
            if len(entry) > 2 and ("ipykernel_" in name or name.startswith("<ipython-input"))
        }

    def _set_counter(self, count: int) -> None:
        self._shell.execution_count = count


def _set_collector(state: tuple[bool, tuple[int, int, int]]) -> None:
    collecting, threshold = state
    gc.set_threshold(*threshold)
    (gc.enable if collecting else gc.disable)()


def _set_sources(sources: Mapping[str, str]) -> None:
    for name, text in sources.items():
        linecache.cache[name] = (len(text), None, text.splitlines(keepends=True), name)


def _logging_levels() -> dict[str, State]:
    """Levels that a notebook can have set; handlers are of the process, and refused where a name holds one."""
    loggers = {
        name: (one.level, one.disabled, one.propagate)
        for name, one in logging.root.manager.loggerDict.items()
        if isinstance(one, logging.Logger) and (one.level or one.disabled or not one.propagate)
    }
    return {"root": logging.root.level, "disabled": logging.root.manager.disable, "loggers": loggers}


def _set_logging_levels(levels: Mapping[str, State]) -> None:
    logging.root.setLevel(levels["root"])
    logging.disable(levels["disabled"])
    for name in [name for name in logging.root.manager.loggerDict if name not in levels["loggers"]]:
        one = logging.root.manager.loggerDict[name]
        if isinstance(one, logging.Logger):
            one.setLevel(logging.NOTSET)
            one.disabled, one.propagate = False, True
    for name, (level, disabled, propagate) in levels["loggers"].items():
        logger = logging.getLogger(name)
        logger.setLevel(level)
        logger.disabled, logger.propagate = disabled, propagate


def _set_filters(filters: list[Any]) -> None:
    warnings.filters[:] = filters  # type: ignore[index]
    warnings._filters_mutated() if hasattr(warnings, "_filters_mutated") else warnings._filters_mutated_lock_held()  # type: ignore[attr-defined]


def _numpy_options() -> State:
    import numpy

    return numpy.get_printoptions(), numpy.geterr()


def _set_numpy_options(state: State) -> None:
    import numpy

    printed, errors = state
    numpy.set_printoptions(**{name: value for name, value in printed.items() if name != "override_repr"})
    numpy.seterr(**errors)


def _numpy_random() -> State:
    import numpy

    return numpy.random.get_state(legacy=False)


def _set_numpy_random(state: State) -> None:
    import numpy

    numpy.random.set_state(state)


def _torch_random() -> State:
    torch: Any = sys.modules["torch"]
    return torch.get_rng_state().numpy().copy()


def _set_torch_random(state: State) -> None:
    torch: Any = sys.modules["torch"]
    torch.set_rng_state(torch.from_numpy(state))


def _pandas_options() -> dict[str, Any]:
    from pandas._config import config

    # describe_option prints; the registry alone says which are not at their default.
    return {
        name: config.get_option(name)
        for name, option in config._registered_options.items()
        if name not in config._deprecated_options and config.get_option(name) != option.defval
    }


def _set_pandas_options(options: Mapping[str, Any]) -> None:
    from pandas._config import config

    for name, option in config._registered_options.items():
        if name in config._deprecated_options:
            continue
        wanted = options.get(name, option.defval)
        if config.get_option(name) != wanted:
            with contextlib.suppress(ValueError), warnings.catch_warnings(action="ignore"):
                config.set_option(name, wanted)


def _polars_options() -> str:
    polars: Any = sys.modules["polars"]
    saved: str = polars.Config.save()
    return saved


def _set_polars_options(saved: str) -> None:
    polars: Any = sys.modules["polars"]
    polars.Config.load(saved)


def _matplotlib_options() -> dict[str, Any]:
    import matplotlib

    # Asked for by its name, the backend would be chosen and loaded.
    return {name: dict.__getitem__(matplotlib.rcParams, name) for name in dict.keys(matplotlib.rcParams)
            if name not in ("backend", "backend_fallback")}  # fmt: skip


def _set_matplotlib_options(options: Mapping[str, Any]) -> None:
    import matplotlib

    parameters: Any = matplotlib.rcParams
    with warnings.catch_warnings(action="ignore"):
        for name, value in options.items():
            if dict.get(parameters, name) != value:
                parameters[name] = value


def _current_figure() -> int | None:
    from matplotlib import _pylab_helpers

    manager = _pylab_helpers.Gcf.get_active()
    return None if manager is None else int(manager.num)


def _set_current_figure(number: int) -> None:
    from matplotlib import _pylab_helpers

    manager = _pylab_helpers.Gcf.figs.get(number)
    if manager is not None:
        _pylab_helpers.Gcf.set_active(manager)

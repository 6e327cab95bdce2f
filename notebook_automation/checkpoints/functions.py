"""Functions of the notebook: saved by value, with the live namespace as their globals and their cells shared.

A function that is saved with a copy of its globals, or with a copy of a closure that another function shares, goes on
counting by itself after a restore. That is the classic mistake.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Callable
from typing import Any

from .live import LIVE

_ATTRIBUTES = ("__name__", "__qualname__", "__module__", "__doc__", "__defaults__", "__kwdefaults__", "__type_params__")


def make_function(code: types.CodeType, cells: tuple[types.CellType, ...]) -> types.FunctionType:
    """Return a function of the notebook; its attributes and its cells' contents follow."""
    # A plain dict: it is what the interpreter takes globals from.
    return types.FunctionType(code, LIVE.namespace, None, None, cells)  # type: ignore[arg-type]


def set_up_function(function: types.FunctionType, state: dict[str, Any]) -> None:
    """Give a function what it had. Cells that several functions share are filled by each with the same content."""
    for cell, contents in zip(function.__closure__ or (), state["cells"], strict=True):
        set_cell(cell, contents)
    for name, value in state["attributes"].items():
        setattr(function, name, value)
    function.__annotations__ = state["annotations"]
    function.__dict__.update(state["own"])


def make_cell() -> types.CellType:
    """Return an empty cell: whoever shares it fills it."""
    return types.CellType()


def set_cell(cell: types.CellType, contents: tuple[Any, ...]) -> None:
    """Fill a cell that was saved by itself, outside of a function of the notebook."""
    for content in contents:
        cell.cell_contents = content


def contents_of(cell: types.CellType) -> tuple[Any, ...]:
    """Return what a cell holds, nothing where it is empty."""
    try:
        return (cell.cell_contents,)
    except ValueError:
        return ()


def reduced_function(function: types.FunctionType) -> tuple[Any, ...]:
    """Return how a function of the notebook is made again."""
    cells = function.__closure__ or ()
    state = {
        "cells": tuple(map(contents_of, cells)),
        "attributes": {name: getattr(function, name) for name in _ATTRIBUTES if hasattr(function, name)},
        "annotations": dict(function.__annotations__),
        "own": dict(function.__dict__),
    }
    return make_function, (function.__code__, cells), state, None, None, set_up_function


def reduced_code(code: types.CodeType) -> tuple[Any, ...]:
    """Return how code is made again, with the name of the cell that it came from, by which its source is found."""
    return types.CodeType, (
        code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_nlocals, code.co_stacksize,
        code.co_flags, code.co_code, code.co_consts, code.co_names, code.co_varnames, code.co_filename, code.co_name,
        code.co_qualname, code.co_firstlineno, code.co_linetable, code.co_exceptiontable, code.co_freevars,
        code.co_cellvars,
    )  # fmt: skip


def make_cached(parameters: dict[str, Any], function: Callable[..., Any]) -> Any:
    """Return a function with an empty cache: what it would have cached is computed again."""
    return functools.lru_cache(**parameters)(function)


def reduced_cached(function: Any) -> Any:
    """Return how an ``lru_cache`` is made again; one of an importable module is found by its name."""
    if function.__module__ != "__main__":
        return function.__qualname__
    return make_cached, (function.cache_parameters(), function.__wrapped__)

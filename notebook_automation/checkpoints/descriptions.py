"""What a checkpoint holds, for people: each name with its type, its size and a few words, never its content."""

from __future__ import annotations

import sys
import types
from collections.abc import Mapping
from typing import Any

from .kinds import is_a
from .manifest import Manifest

_LONGEST = 80
_LIBRARIES = frozenset(("numpy", "pandas", "polars", "pyarrow", "torch", "scipy", "xarray", "geopandas"))
"""Whose objects may be asked for their shape: another's could do anything when it is asked."""
_NOUNS = {"DataFrame": "frame", "ndarray": "array", "Series": "series", "Table": "table", "Tensor": "tensor"}
_NUMBERS = (bool, int, float, complex, type(None))
_SIZED = (list, tuple, dict, set, frozenset)


def described(
    values: Mapping[str, Any], manifest: Manifest, sizes: Mapping[tuple[str, ...], int]
) -> list[dict[str, Any]]:
    """Return ``name``, ``type``, ``size`` (bytes, an estimate) and ``text`` (up to 80 characters) of each name.

    ``sizes`` has the bytes of each group of names that were saved together.
    """
    alone = {names[0]: size for names, size in sizes.items() if len(names) == 1}
    found = []
    for name, value in values.items():
        unsaved = manifest.unsaved.get(name)
        try:
            text = f"not saved: {unsaved.reason}" if unsaved else _text(value)
            size = 0 if unsaved or is_a(value, types.ModuleType) else alone.get(name) or _size(value)
        except Exception:  # noqa: BLE001 - an object's own code: its description is not worth the checkpoint
            text, size = "", 0
        found.append({"name": name, "type": type(value).__name__, "size": size, "text": text[:_LONGEST]})
    return found


def _text(value: Any) -> str:
    if type(value) in _NUMBERS:
        text = repr(value)
        return text if len(text) <= _LONGEST else f"number of {len(text)} digits"
    if is_a(value, str):
        return f"text of {len(value):,} characters"
    if is_a(value, bytes | bytearray):
        return f"{len(value):,} bytes"
    if type(value) in _SIZED:
        return f"{len(value):,} item{'' if len(value) == 1 else 's'}"
    if is_a(value, types.ModuleType):
        return f"module {value.__name__}"
    if is_a(value, types.FunctionType):
        return f"function {value.__name__}"
    if is_a(value, type):
        return f"class {value.__name__}"
    return _shaped(value)


def _shaped(value: Any) -> str:
    kind = type(value)
    if kind.__module__.partition(".")[0] not in _LIBRARIES:
        return kind.__name__
    shape = getattr(value, "shape", None)
    noun = _NOUNS.get(kind.__name__, kind.__name__)
    if not isinstance(shape, tuple) or not all(isinstance(one, int) for one in shape):
        return noun
    text = f"{' × '.join(f'{one:,}' for one in shape)} {noun}".strip()
    dtype = getattr(value, "dtype", None)
    return text if dtype is None else f"{text} of {dtype}"


def _size(value: Any) -> int:
    kind = type(value)
    if kind.__module__.partition(".")[0] in _LIBRARIES:
        if kind.__name__ in ("DataFrame", "Series") and hasattr(value, "memory_usage"):
            used = value.memory_usage()
            return int(used if isinstance(used, int) else used.sum())
        size = getattr(value, "nbytes", None)
        if isinstance(size, int):
            return size
    return sys.getsizeof(value)

"""Fingerprints of arguments: equal for equal values in every process, whatever Python's hashes are there."""

from __future__ import annotations

import hashlib
import types
from collections.abc import Mapping, Set
from pickle import PickleBuffer
from typing import Any

MOST_VALUES = 100_000
"""Values within the arguments that are looked at (memory of arrays is one): larger ones count as types and lengths."""
DEEPEST = 100
_SIZE = 16
_PLAIN = (type(None), bool, int, float, complex, str)


def fingerprint(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    """Return 32 hexadecimal digits that name these arguments.

    Sets and dicts count without their order, functions and classes by their names, other objects by what pickling
    would keep of them, and what cannot be pickled (a connection, a lock) by its type.
    """
    try:
        return _Fingerprint().of([list(args), dict(kwargs)], 0).hex()
    except _TooMuch:
        # Not a part of them: which part is looked at first may differ from process to process.
        named = sorted(kwargs.items())
        return _hash(
            "large", *(_outline(one) for one in args), *(name.encode() + _outline(one) for name, one in named)
        ).hex()


class _TooMuch(Exception):
    """There are more values than are looked at."""


class _Fingerprint:
    def __init__(self) -> None:
        self._left = MOST_VALUES
        self._open: set[int] = set()

    def of(self, value: Any, depth: int) -> bytes:
        kind = type(value)
        self._left -= 1
        if self._left < 0:
            raise _TooMuch
        if kind in _PLAIN:
            return _hash(kind.__name__, repr(value).encode("utf-8", "surrogatepass"))
        if kind in (bytes, bytearray, memoryview):
            return _hash(kind.__name__, bytes(value) if kind is memoryview else value)
        if depth > DEEPEST or id(value) in self._open:
            return _hash("…", _name(kind).encode())
        self._open.add(id(value))
        try:
            return self._of_object(value, kind, depth + 1)
        finally:
            self._open.discard(id(value))

    def _of_object(self, value: Any, kind: type[Any], depth: int) -> bytes:
        if isinstance(value, type | types.FunctionType | types.BuiltinFunctionType | types.ModuleType):
            return _hash("named", _name(value).encode())
        if isinstance(value, dict):
            pairs = [self.of(key, depth) + self.of(one, depth) for key, one in value.items()]
            return _hash(_name(kind), *sorted(pairs))
        if isinstance(value, Set):
            return _hash(_name(kind), *sorted(self.of(one, depth) for one in value))
        if kind in (list, tuple):
            return _hash(kind.__name__, *(self.of(one, depth) for one in value))
        if isinstance(value, PickleBuffer):
            return _hash("buffer", _memory(value))
        return self._of_reduced(value, kind, depth)

    def _of_reduced(self, value: Any, kind: type[Any], depth: int) -> bytes:
        """As pickle sees it, without pickle's bytes: these also depend on which of its parts are the same object."""
        try:
            reduced = value.__reduce_ex__(5)
            if isinstance(reduced, str):
                return _hash("named", kind.__module__.encode(), reduced.encode())
            parts = [*reduced, *(None,) * (5 - len(reduced))]
            items = None if parts[3] is None else list(parts[3])
            pairs = None if parts[4] is None else dict(parts[4])
        except Exception:  # noqa: BLE001 - whatever an object of the user's raises: it cannot be pickled
            return _hash("type", _name(kind).encode())
        return _hash(_name(kind), *(self.of(part, depth) for part in (*parts[:3], items, pairs)))


def _hash(kind: str, *parts: bytes | bytearray | memoryview) -> bytes:
    digest = hashlib.blake2b(kind.encode(), digest_size=_SIZE)
    for part in parts:
        digest.update(len(part).to_bytes(8, "little") if isinstance(part, bytes | bytearray) else b"memory")
        digest.update(part)
    return digest.digest()


def _name(value: Any) -> str:
    module = getattr(value, "__module__", None)
    return f"{module}.{getattr(value, '__qualname__', None) or getattr(value, '__name__', '?')}"


def _outline(value: Any) -> bytes:
    kind = type(value)
    length = len(value) if kind in (*_PLAIN[-1:], bytes, list, tuple, dict, set, frozenset) else None
    return f"{_name(kind)} {length}".encode()


def _memory(buffer: PickleBuffer) -> memoryview:
    try:
        return buffer.raw()
    except BufferError:
        return memoryview(bytes(memoryview(buffer)))

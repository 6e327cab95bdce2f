"""Which names share an object that may change: they are saved and restored together, or they would drift apart."""

from __future__ import annotations

import enum
import gc
import logging
import sys
import types
from collections.abc import Hashable, Iterable, Mapping
from typing import Any, TypeVar

from .kinds import is_a

K = TypeVar("K", bound=Hashable)

_NEVER = (
    str, bytes, int, float, complex, bool, type(None), tuple, frozenset, range, slice, type(Ellipsis),
    type(NotImplemented), types.CodeType, types.ModuleType, types.BuiltinFunctionType, types.WrapperDescriptorType,
    types.MethodDescriptorType, types.GetSetDescriptorType, types.MemberDescriptorType, enum.Enum,
)  # fmt: skip
"""What cannot change, or is the same object everywhere. A tuple's own contents are looked at by themselves."""
_UNCHANGING_MODULES = frozenset(
    ("re", "datetime", "decimal", "fractions", "uuid", "zoneinfo", "pathlib", "ipaddress", "logging", "_decimal")
)


_CONTAINERS = (list, dict, tuple, set, frozenset)
_MOST_REFERENTS = 1000
"""That are looked at to see at once what is shared."""


def can_drift(value: Any) -> bool:
    """Whether two copies of ``value`` could come to differ: sharing it must be kept."""
    try:
        return _can_drift(value)
    except Exception:  # noqa: BLE001 - an object's own code; what cannot be looked at is taken for shared
        return True


def _can_drift(value: Any) -> bool:
    if is_a(value, _NEVER):
        return False
    if is_a(value, logging.Handler):
        return True
    kind = type(value)
    if is_a(value, types.FunctionType | type):
        return value.__module__ == "__main__" or not _is_importable(value)
    if callable(value) and hasattr(value, "__qualname__") and _is_importable(value):
        return False
    if hasattr(kind, "construct_array_type") or kind.__module__.endswith(".dtypes"):
        return False
    return kind.__module__.partition(".")[0] not in _UNCHANGING_MODULES and not _is_numpy_scalar(value)


def joined(met: Mapping[K, Mapping[int, tuple[int, Any]]]) -> list[list[K]]:
    """Return the keys in groups, each with all that share an object that may change, in the order given.

    ``met`` has, by its id, every object that each holds.
    """
    parents = {key: key for key in met}

    def root(key: K) -> K:
        while parents[key] != key:
            parents[key] = parents[parents[key]]
            key = parents[key]
        return key

    first: dict[int, K] = {}
    # The largest is only looked up in: it alone may hold a million objects.
    ordered = sorted(met, key=lambda key: len(met[key]))
    for key in ordered:
        objects = met[key]
        for number in first.keys() & objects.keys():
            if root(first[number]) != root(key) and can_drift(objects[number][1]):
                parents[root(key)] = root(first[number])
        if key is not ordered[-1]:
            first.update(dict.fromkeys(objects.keys() - first.keys(), key))
    groups: dict[K, list[K]] = {}
    for key in met:
        groups.setdefault(root(key), []).append(key)
    return list(groups.values())


def seen_to_share(values: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return the names in groups that hold the same object, or that hold what another name holds, as is seen at once.

    To pickle them together from the start saves pickling each first by itself; what is not seen here is found then.
    """
    holders = {id(value) for value in values.values() if not is_a(value, _NEVER)}
    met: dict[str, dict[int, tuple[int, Any]]] = {}
    for name, value in values.items():
        met[name] = {id(one): (0, one) for one in (value, *_referents(value)) if id(one) in holders}
    return [tuple(sorted(names)) for names in joined(met) if len(names) > 1]


def _referents(value: Any) -> list[Any]:
    """Return what a container, or an object of a class, holds directly; nothing of what holds very much."""
    if is_a(value, _CONTAINERS):
        return gc.get_referents(value) if len(value) <= _MOST_REFERENTS else []
    if is_a(value, types.FunctionType | type):
        return []
    found = gc.get_referents(value)
    inner = [gc.get_referents(one) for one in found if type(one) is dict and len(one) <= _MOST_REFERENTS]
    return [*found, *(one for many in inner for one in many)]


def reachable(value: Any, known: Mapping[int, Any], *, namespace: Any, limit: int = 20_000) -> set[Any]:
    """Return the values of ``known``, by id, that ``value`` leads to; up to ``limit`` objects are looked at."""
    seen: set[int] = {id(namespace)}
    found: set[Any] = set()
    todo = [value]
    while todo and len(seen) < limit:
        for one in gc.get_referents(todo.pop()):
            number = id(one)
            if number in seen or is_a(one, types.ModuleType | type) or not _may_lead_on(one):
                continue
            seen.add(number)
            if number in known and can_drift(one):
                found.add(known[number])
            todo.append(one)
    return found


def same_objects(names: Iterable[str], before: Mapping[str, int], now: Mapping[str, int]) -> bool:
    """Whether each of ``names`` holds the very object that it held."""
    return all(name in now and before.get(name) == now[name] for name in names)


def _may_lead_on(value: Any) -> bool:
    return not is_a(value, str | bytes | int | float | complex | type(None))


def _is_importable(value: Any) -> bool:
    """Whether pickle finds it by its name."""
    module = sys.modules.get(getattr(value, "__module__", None) or "")
    found: Any = module
    for part in str(getattr(value, "__qualname__", "")).split("."):
        found = getattr(found, part, None)
    return found is value and module is not sys.modules.get("__main__")


def _is_numpy_scalar(value: Any) -> bool:
    numpy = sys.modules.get("numpy")
    return numpy is not None and is_a(value, numpy.generic | numpy.dtype)

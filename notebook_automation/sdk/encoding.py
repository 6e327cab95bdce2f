"""Python values as JSON text, with the types that notebooks are full of."""

from __future__ import annotations

import json
import math
from typing import Any

from .errors import Invalid


def to_json(value: Any, *, indent: int | None = None) -> str:
    """Return ``value`` as strict JSON.

    Dates become ISO 8601 text, sets lists, NumPy values numbers and lists, dataclasses objects. NaN and infinity,
    which JSON does not have, become null (as pandas writes them). Raises Invalid (``not_json``) for anything else.
    """
    try:
        try:
            return json.dumps(value, default=_default, ensure_ascii=False, allow_nan=False, indent=indent)
        except ValueError:
            return json.dumps(_finite(value), ensure_ascii=False, allow_nan=False, indent=indent)
    except RecursionError:
        raise Invalid(
            "The value refers to itself or is nested too deep for JSON: hand over the parts of it that are needed.",
            code="not_json",
        ) from None
    except (TypeError, ValueError) as error:
        raise Invalid(
            f"The value cannot be written as JSON: {error}. Make numbers, texts, lists or dicts of it first.",
            code="not_json",
        ) from None


def _default(value: Any) -> Any:
    """Return what stands for ``value``; found by what it offers, so that no library need be imported."""
    for method in ("tolist", "isoformat", "model_dump"):
        convert = getattr(value, method, None)
        if callable(convert) and not isinstance(value, type):
            return convert()
    if isinstance(value, set | frozenset):
        return sorted(value, key=repr)
    if type(value).__name__ in ("Decimal", "UUID") or hasattr(value, "__fspath__"):
        return str(value)
    fields = getattr(value, "__dataclass_fields__", None)
    if fields is not None and not isinstance(value, type):
        return {name: getattr(value, name) for name in fields}
    raise TypeError(f"a {type(value).__qualname__} is neither a number, text, list nor object")


def _finite(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return _finite(_default(value))

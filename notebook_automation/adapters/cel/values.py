"""JSON-like values on their way into an evaluation and out of it: what CEL cannot hold is met here.

The evaluator crashes the process on a payload nested some 10,000 deep or that contains itself, refuses the whole
event for one integer beyond 64 bits, raises on half a surrogate pair, and silently ends a text at a NUL. So every
value is copied and checked first.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from notebook_automation.domain.filters import FilterLimits

from .bounds import VALUE_UNITS, Measure

_INT_MIN, _INT_MAX = -(2**63), 2**63 - 1


class UnusableValue(ValueError):
    """A variable holds something that a filter cannot be asked about; the message says what and where."""


class _Copy:
    def __init__(self, limits: FilterLimits) -> None:
        self.limits = limits
        self.values = 0
        self.characters = 0
        self.longest = 0

    def value(self, value: Any, depth: int) -> Any:
        self.values += 1
        if self.values > self.limits.payload_values:
            raise UnusableValue(f"the event has more than {self.limits.payload_values} values")
        # By their very type first: what JSON has is nearly all there is, and every delivery comes through here.
        kind = type(value)
        if kind is str:
            return self.text(value)
        if kind is dict or kind is list:
            return self.container(value, depth + 1)
        return self._other(value, depth)

    def _other(self, value: Any, depth: int) -> Any:
        if value is None or value is True or value is False or isinstance(value, float):
            return value
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, int):
            return int(value) if _INT_MIN <= value <= _INT_MAX else _as_double(value)
        if isinstance(value, Mapping | list | tuple):
            return self.container(value, depth + 1)
        if isinstance(value, bytes | bytearray | memoryview):
            self.characters += len(value)
            return bytearray(value)  # bytes would end at their first NUL
        raise UnusableValue(f"the event holds a {type(value).__name__}, which is not a JSON value")

    def container(self, value: Any, depth: int) -> Any:
        if depth > self.limits.payload_depth:
            raise UnusableValue(f"the event is nested more than {self.limits.payload_depth} levels deep")
        if len(value) > self.longest:
            self.longest = len(value)
        if type(value) is dict or isinstance(value, Mapping):
            return {
                self.text(key) if type(key) is str else self.key(key): self.value(item, depth)
                for key, item in value.items()
            }
        return [self.value(item, depth) for item in value]

    def key(self, key: Any) -> Any:
        if isinstance(key, str):
            return self.text(key)
        if isinstance(key, int) and _INT_MIN <= key <= _INT_MAX:
            return key
        raise UnusableValue(f"the event has an object with a key of type {type(key).__name__}; use strings")

    def text(self, text: str) -> str:
        self.characters += len(text)
        if "\0" in text:
            # The binding would end the text there, and "admin\0x" would equal "admin".
            text = text.replace("\0", "\ufffd")
        if text.isascii():
            return str(text)
        try:
            text.encode()
        except UnicodeEncodeError:
            return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return str(text)


def _as_double(value: int) -> float:
    """An integer beyond 64 bits is a double, as every number of JSON is to CEL."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def prepared(variables: Mapping[str, Any], limits: FilterLimits) -> tuple[dict[str, Any], Measure]:
    """A copy that the evaluator can hold, header names in lower case, and its measure. Raises ``UnusableValue``."""
    copy = _Copy(limits)
    ready = {name: copy.value(value, 0) for name, value in variables.items()}
    data = ready.get("data")
    headers = data.get("headers") if isinstance(data, dict) else None
    if isinstance(data, dict) and isinstance(headers, dict):
        data["headers"] = {k.lower() if isinstance(k, str) else k: v for k, v in headers.items()}
    return ready, Measure(copy.longest, copy.values * VALUE_UNITS + copy.characters)


class Sizes:
    """How large the parts of one prepared event are, each measured once and only when asked for."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self._known: dict[tuple[str, ...], Measure] = {}

    def of(self, names: tuple[str, ...]) -> Measure:
        """The measure of what stands at a path; the smallest where nothing does."""
        known = self._known.get(names)
        if known is None:
            value: Any = self._values
            for name in names:
                value = value.get(name) if isinstance(value, dict) else None
            known = self._known[names] = _measured(value)
        return known


def _measured(root: Any) -> Measure:
    longest = size = 0
    stack = [root]
    while stack:
        value = stack.pop()
        size += VALUE_UNITS
        if isinstance(value, str | bytearray):
            size += len(value)
        elif isinstance(value, dict | list):
            longest = max(longest, len(value))
            if isinstance(value, dict):
                size += sum(len(key) for key in value if isinstance(key, str))
                stack.extend(value.values())
            else:
                stack.extend(value)
    return Measure(longest, size)


def as_json(value: Any) -> Any:
    """A result as JSON: bytes as base64, times as RFC 3339, durations as seconds (``"1.5s"``), keys as strings.

    Raises ``UnusableValue`` for NaN, infinity and types, which JSON does not have.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        if not math.isfinite(value):
            raise UnusableValue("the result is not a finite number")
        return value
    if isinstance(value, list):
        return [as_json(item) for item in value]
    if isinstance(value, dict):
        return {key if isinstance(key, str) else _key(key): as_json(item) for key, item in value.items()}
    if isinstance(value, bytes | bytearray):
        return base64.b64encode(value).decode()
    if isinstance(value, datetime):
        aware = value if value.tzinfo else value.replace(tzinfo=UTC)
        return aware.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return f"{value.total_seconds():.6f}".rstrip("0").rstrip(".") + "s"
    raise UnusableValue(f"the result is a {type(value).__name__}, which is not a JSON value")


def _key(key: Any) -> str:
    return {True: "true", False: "false"}[key] if isinstance(key, bool) else str(key)


def shortened(value: Any, limits: FilterLimits, depth: int = 0) -> Any:
    """A JSON value cut to a size that fits an explanation; what was cut ends in ``…``."""
    if isinstance(value, str):
        return value if len(value) <= limits.shown_chars else value[: limits.shown_chars] + "…"
    if isinstance(value, bytes | bytearray | memoryview):
        return f"{len(value)} bytes"
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping | list | tuple):
        if depth == 3:
            return "…"
        if isinstance(value, Mapping):
            keys = list(value)[: limits.shown_items]
            few = {str(shortened(str(key), limits)): shortened(value[key], limits, depth + 1) for key in keys}
            return few if len(keys) == len(value) else {**few, "…": len(value) - len(keys)}
        some = [shortened(item, limits, depth + 1) for item in value[: limits.shown_items]]
        return some if len(some) == len(value) else [*some, "…"]
    return value if value is None or isinstance(value, bool | int | float) else shortened(str(value), limits)

"""Sweeps: one session for each combination of values of some parameters."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from .errors import Invalid
from .parameters import check_json, validate_parameter_name
from .session_groups import MOST_MEMBERS
from .session_options import SessionOptions
from .sessions import Status

Axes = Mapping[str, Sequence[Any]]
"""Parameters by name, each with the values that it is to have."""
MOST_TEXT = 10 * 1024 * 1024
"""Bytes of the parameters of all combinations, as JSON."""
_LONGEST_VALUE, _LONGEST_NAME = 40, 200
AGAIN: frozenset[Status] = frozenset({"failed", "timeout", "abandoned", "cancelled"})
"""What is run again of a sweep: it has not completed."""


def combinations(axes: Axes, *, paired: bool) -> list[dict[str, Any]]:
    """Return each combination of the values of ``axes``, the last varying fastest; ``paired``: the first values, then
    the second ones, and so on.

    Raises Invalid (``sweep_invalid``, ``group_too_large``).
    """
    if not axes:
        raise _wrong("A sweep needs a parameter with a list of values, such as region=[emea,apac].", "sweep")
    for name, values in axes.items():
        validate_parameter_name(name)
        if not values:
            raise _wrong(f"{name} has no values: give at least one, such as {name}=[1, 2].", f"sweep.{name}")
    if paired:
        lengths = {name: len(values) for name, values in axes.items()}
        if len(set(lengths.values())) > 1:
            said = ", ".join(f"{name} has {length}" for name, length in lengths.items())
            raise _wrong(f"Values that go together are as many of each parameter: {said}.", "sweep")
    total = len(next(iter(axes.values()))) if paired else _product(axes)
    if total > MOST_MEMBERS:
        raise Invalid(
            f"These are {total:,} combinations, and {MOST_MEMBERS:,} can be asked for at once: give fewer values, or "
            "one part after the other.",
            code="group_too_large",
            field="sweep",
        )
    for name, values in axes.items():
        for value in values:
            check_json(name, value)
    rows = zip(*axes.values(), strict=True) if paired else itertools.product(*axes.values())
    found = [dict(zip(axes, row, strict=True)) for row in rows]
    if sum(len(json.dumps(one)) for one in found) > MOST_TEXT:
        raise Invalid(
            f"The parameters of all combinations are more than {MOST_TEXT // 2**20} MiB: put what is large into a "
            "file, and sweep over its name.",
            code="group_too_large",
            field="sweep",
        )
    return found


def combination_name(parameters: Mapping[str, Any]) -> str:
    """Return what people call a combination: `region=emea, year=2024`."""
    parts = (f"{name}={_short(value)}" for name, value in parameters.items())
    text = ", ".join(parts)
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 1]}…"


def options_kept(options: SessionOptions) -> dict[str, Any]:
    """Return options as a sweep keeps them for its sessions: only what was asked for."""
    usual = asdict(SessionOptions())
    return {name: value for name, value in asdict(options).items() if value != usual[name]}


def options_of(kept: Mapping[str, Any]) -> SessionOptions:
    """Return the options that `options_kept` was given."""
    listed = {name: tuple(kept[name]) for name in ("tags", "skip_tags") if name in kept}
    return SessionOptions(**{**kept, **listed})


def _product(axes: Axes) -> int:
    total = 1
    for values in axes.values():
        total *= len(values)
    return total


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 1]}…"


def _wrong(message: str, field: str) -> Invalid:
    return Invalid(message, code="sweep_invalid", field=field)

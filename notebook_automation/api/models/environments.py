"""The environment of a run's kernel, as the API shows and takes it."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct, to_builtins


class VariableValue(Struct, kw_only=True, forbid_unknown_fields=True):
    """The value of the project's `variable`, as it is when the run begins."""

    variable: str


Environment = Annotated[
    dict[str, str | VariableValue],
    Meta(description="Environment variables of the kernel: texts, or variables of the project by their name."),
]
Memory = Annotated[
    int | str,
    Meta(description="What the kernel and what it starts may hold together: bytes, or a text such as 2GiB."),
]


def environment_of(body: dict[str, str | VariableValue]) -> dict[str, Any]:
    """Return what the domain takes."""
    found: dict[str, Any] = to_builtins(body)
    return found


def shown_environment(env: dict[str, Any]) -> dict[str, str | VariableValue]:
    """Return what is kept as the API shows it."""
    return {name: value if isinstance(value, str) else VariableValue(**value) for name, value in env.items()}

"""Forms of open notebooks, as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta, Struct


class FormBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """What a cell asks for, as JSON Schema."""

    schema: Any


class Form(Struct, kw_only=True):
    """A form; `value` is what was submitted, where `is_submitted`."""

    id: str
    is_submitted: bool
    value: Any


class FormQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """For how long to stay until the form is submitted."""

    seconds: Annotated[float, Meta(ge=0, le=30)] = 0.0


class FormValueBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """What somebody filled in."""

    value: Any

"""A form that a cell of an open notebook asks for and waits on: made, filled in once, and forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from .access import Resource
from .ids import IdPrefix

FORM_ID = IdPrefix("frm")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenForm:
    """What is asked for by ``schema`` (JSON Schema), and its ``value`` once it ``is_submitted``."""

    id: str
    schema: Any
    value: Any = None
    is_submitted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FormResource(Resource):
    """A form of an open notebook."""

    kind: ClassVar[str] = "form"

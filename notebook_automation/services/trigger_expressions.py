"""A trigger's filter and mapping are read before it is stored; what cannot be read says which field it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.triggers import Trigger
from notebook_automation.ports import Filters


def check_expressions(trigger: Trigger, filters: Filters) -> None:
    """Raise Invalid (``filter_invalid``, with ``field`` in its details) for an expression that cannot be read."""
    if trigger.filter is not None:
        with _about("filter"):
            filters.check(trigger.filter)
    for name, text in trigger.mapping.items():
        with _about(f"mapping.{name}"):
            filters.check_value(text)


@contextmanager
def _about(field: str) -> Iterator[None]:
    try:
        yield
    except Invalid as error:
        # What is refused is remembered and raised again for the same text in another field: it stays as it is.
        raise Invalid(error.message, code=error.code, **{"field": field, **error.details}) from error

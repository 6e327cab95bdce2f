"""JSON Schema that cannot hold the server up: nothing is fetched; patterns, references and sets have their bounds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Any

import msgspec

_REFERENCES = 20_000
"""References that are followed for one value: a schema of some lines can name itself a million times over."""
_PATTERN_SECONDS = 0.2
_MOST_COMPARED = 500
"""Items of a list that are compared with each other; more are compared by what they are written as."""
_encoder = msgspec.json.Encoder(order="deterministic")


class TooMuchWork(Exception):
    """A value could not be checked with bounded work."""


def validator_of(schema: Any) -> Any:
    """Return what checks values by ``schema``; while it does it may raise TooMuchWork."""
    # Not at the top: it takes a while to import, and most sessions ask nobody.
    from jsonschema import Draft202012Validator, validators
    from referencing import Registry

    kind = validators.validator_for(schema, default=Draft202012Validator)
    bounded = _bounded(kind)
    # A registry of its own, in which nothing is: by default what a schema refers to would be fetched.
    return bounded(schema, registry=Registry(), format_checker=kind.FORMAT_CHECKER)


def _bounded(kind: Any) -> Any:
    from jsonschema import validators

    left = [_REFERENCES]
    followed = {name: _counted(kind.VALIDATORS[name], left) for name in _NAMING if name in kind.VALIDATORS}
    own = {"pattern": _pattern, "patternProperties": _pattern_properties, "uniqueItems": _unique_items(kind)}
    return validators.extend(kind, {**followed, **own})


_NAMING = ("$ref", "$dynamicRef", "$recursiveRef")


def _counted(check: Callable[..., Any], left: list[int]) -> Callable[..., Any]:
    def counted(validator: Any, ref: Any, value: Any, schema: Any) -> Iterator[Any]:
        left[0] -= 1
        if left[0] < 0:
            raise TooMuchWork
        yield from check(validator, ref, value, schema) or ()

    return counted


def _pattern(validator: Any, pattern: str, value: Any, schema: Any) -> Iterator[Any]:
    from jsonschema.exceptions import ValidationError

    if validator.is_type(value, "string") and not _found(pattern, value):
        yield ValidationError(f"{value[:60]!r} does not match {pattern[:60]!r}")


def _pattern_properties(validator: Any, patterns: dict[str, Any], value: Any, schema: Any) -> Iterator[Any]:
    if not validator.is_type(value, "object"):
        return
    for pattern, inner in patterns.items():
        for name, item in value.items():
            if _found(pattern, name):
                yield from validator.descend(item, inner, path=name, schema_path=pattern)


def _unique_items(kind: Any) -> Callable[..., Any]:
    def unique(validator: Any, wanted: bool, value: Any, schema: Any) -> Iterator[Any]:
        from jsonschema.exceptions import ValidationError

        if not isinstance(value, list) or len(value) <= _MOST_COMPARED:
            yield from kind.VALIDATORS["uniqueItems"](validator, wanted, value, schema) or ()
        elif wanted and len({_encoder.encode(one) for one in value}) < len(value):
            yield ValidationError("an item is there twice")

    return unique


def _found(pattern: str, text: str) -> bool:
    import regex

    try:
        return _compiled(pattern).search(text, timeout=_PATTERN_SECONDS) is not None
    except (TimeoutError, regex.error):
        raise TooMuchWork from None


@lru_cache(64)
def _compiled(pattern: str) -> Any:
    import regex

    return regex.compile(pattern)

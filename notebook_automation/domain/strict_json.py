"""JSON read strictly: what two parsers may read differently is refused, so that a filter and a handler see the same."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from .errors import Invalid

MAX_JSON_DEPTH = 32
_MAX_INTEGER_DIGITS = 400
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


def parse_json(text: str) -> Any:
    """Return the JSON value of ``text``, read strictly: no duplicate keys, NaN, lone surrogates or NUL, bounded depth.

    What two parsers may read differently is refused, so that a filter and a handler always see the same. Raises
    Invalid (``body_invalid``).
    """
    try:
        value = json.loads(
            text, object_pairs_hook=_unique, parse_constant=_no_constant, parse_int=_integer, parse_float=_float
        )
    except RecursionError:
        raise _too_deep() from None
    except ValueError as error:
        if isinstance(error, Invalid):
            raise
        raise Invalid(f"The body is not JSON: {error}.", code="body_invalid") from None
    _check_depth(text, value)
    # \u0000 and \ud800 are legal escapes that neither PostgreSQL nor UTF-8 can hold.
    if "\\u" in text:
        _check_escapes(json.dumps(value, ensure_ascii=False))
    return value


def _check_depth(text: str, value: Any) -> None:
    if text.count("[") + text.count("{") <= MAX_JSON_DEPTH:
        return
    level = [value]
    for _ in range(MAX_JSON_DEPTH):
        level = [
            item
            for container in level
            if isinstance(container, (dict, list))
            for item in (container.values() if isinstance(container, dict) else container)
        ]
    if any(isinstance(item, (dict, list)) for item in level):
        raise _too_deep()


def _too_deep() -> Invalid:
    return Invalid(f"The JSON is nested more than {MAX_JSON_DEPTH} deep: send it flatter.", code="body_invalid")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Invalid("The JSON has a key twice in one object: say which counts.", code="body_invalid")
    return value


def _no_constant(name: str) -> Any:
    raise Invalid(f"{name} is not JSON: send null, or a text.", code="body_invalid")


def _integer(digits: str) -> int:
    if len(digits) > _MAX_INTEGER_DIGITS:
        raise Invalid("The JSON holds a number that is too long: send it as a text.", code="body_invalid")
    return int(digits)


def _float(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise Invalid("The JSON holds a number that is too large: send it as a text.", code="body_invalid")
    return number


def _check_escapes(text: str) -> None:
    if _NUL.search(text):
        raise Invalid("The JSON holds a NUL character: leave it out.", code="body_invalid")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise Invalid("The JSON holds half of a surrogate pair: send whole characters.", code="body_invalid") from None

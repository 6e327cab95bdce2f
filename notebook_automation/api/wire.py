"""JSON on the wire: strict when it is read, exact when it is written."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from notebook_automation.domain.errors import Invalid, UnsupportedMediaType
from notebook_automation.domain.strict_json import parse_json

T = TypeVar("T")
Q = TypeVar("Q", bound=msgspec.Struct)
_IGNORED = frozenset({"token", "_xsrf", "no_track_activity"})
"""Query parameters that are Jupyter's own."""

_encoder = msgspec.json.Encoder()
encode = _encoder.encode
encode_sorted = msgspec.json.Encoder(order="deterministic").encode
"""The same for equal values, whatever the order of their keys."""


def read_body(raw: bytes, content_type: str, wanted: type[T]) -> T:
    """Return the JSON in ``raw`` as ``wanted``; an empty body is an empty object.

    Raises Invalid (``body_invalid``), UnsupportedMediaType, msgspec.ValidationError.
    """
    essence = content_type.partition(";")[0].strip().lower()
    if raw and essence not in ("application/json", "text/json", "") and not essence.endswith("+json"):
        raise UnsupportedMediaType(f"This reads application/json, not {essence!r}.")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid("The body is not valid UTF-8.", code="body_invalid") from None
    return msgspec.convert(parse_json(text) if text.strip() else {}, type=wanted)


def read_query(arguments: dict[str, list[bytes]], wanted: type[Q]) -> Q:
    """Return query parameters as ``wanted``.

    Raises Invalid (``query_invalid``, ``query_unknown``), msgspec.ValidationError.
    """
    values: dict[str, str] = {}
    for name, given in arguments.items():
        # Browsers' clients add the time as a nameless parameter, against caches.
        if name in _IGNORED or (name.isdigit() and given == [b""]):
            continue
        if len(given) > 1:
            raise Invalid(f"{name} is given {len(given)} times: give it once.", code="query_invalid", field=name)
        values[name] = validate_text(given[0], name)
    known = {field.encode_name for field in msgspec.structs.fields(wanted)}
    strict = wanted.__struct_config__.forbid_unknown_fields
    unknown = sorted(set(values) - known) if strict else []
    if unknown:
        takes = f"it takes {', '.join(sorted(known))}" if known else "it takes none"
        raise Invalid(
            f"There is no query parameter {', '.join(unknown)}: {takes}.", code="query_unknown", field=unknown[0]
        )
    # An empty value is a filter that was not filled in.
    given_values: dict[str, Any] = {name: value for name, value in values.items() if value != "" or name == "path"}
    return msgspec.convert(given_values, type=wanted, strict=False)


def validate_text(raw: bytes, what: str) -> str:
    """Return a part of a URL as text. Raises Invalid (``url_invalid``) for what no text column can hold."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid(f"{what} is not valid UTF-8.", code="url_invalid", field=what) from None
    if "\0" in text:
        raise Invalid(f"{what} holds a NUL character.", code="url_invalid", field=what)
    return text

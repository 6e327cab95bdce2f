"""JSON on the wire: strict when it is read, exact when it is written."""

from __future__ import annotations

import re
from typing import Any, Literal, TypeVar, get_args, get_origin

import msgspec

from notebook_automation.domain.errors import Invalid, UnsupportedMediaType
from notebook_automation.domain.strict_json import parse_json

T = TypeVar("T")
Q = TypeVar("Q", bound=msgspec.Struct)
_IGNORED = frozenset({"token", "_xsrf", "no_track_activity"})
"""Query parameters that are Jupyter's own."""

_NO_CHOICE = re.compile(r"Invalid enum value (?P<given>'.*') - at `\$\.(?P<field>\w+)`", re.DOTALL)

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
        raise UnsupportedMediaType(f"This reads application/json, not {essence!r}: send JSON, with that Content-Type.")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid("The body is not valid UTF-8: send JSON in UTF-8.", code="body_invalid") from None
    return _converted(parse_json(text) if text.strip() else {}, wanted)


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
    return _converted(given_values, wanted, strict=False)


def _converted(values: Any, wanted: type[T], *, strict: bool = True) -> T:
    """Return ``values`` as ``wanted``.

    Raises msgspec.ValidationError, Invalid (``request_invalid``) with what there is to choose from.
    """
    try:
        return msgspec.convert(values, type=wanted, strict=strict)
    except msgspec.ValidationError as error:
        found = _NO_CHOICE.fullmatch(str(error))
        choices = _choices(wanted, found["field"]) if found else []
        if found is None or not choices:
            raise
        sentence = f"{found['field']} cannot be {found['given']}: use {', '.join(choices)}."
        raise Invalid(sentence, code="request_invalid", field=found["field"]) from None


def _choices(wanted: type, field: str) -> list[str]:
    """Return the texts that a field of a struct takes where it takes only some."""
    types = [one.type for one in msgspec.structs.fields(wanted) if one.encode_name == field]
    found: list[str] = []
    while types:
        kind = types.pop()
        if get_origin(kind) is Literal:
            found += [str(choice) for choice in get_args(kind)]
        else:
            types += get_args(kind)
    return found


def validate_text(raw: bytes, what: str) -> str:
    """Return a part of a URL as text. Raises Invalid (``url_invalid``) for what no text column can hold."""
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid(
            f"{what} is not valid UTF-8: quote it as UTF-8 (%C3%BC for ü).", code="url_invalid", field=what
        ) from None
    if "\0" in text:
        raise Invalid(f"{what} holds a NUL character: leave it out.", code="url_invalid", field=what)
    return text

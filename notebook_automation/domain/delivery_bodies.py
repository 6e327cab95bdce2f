"""The body of a delivery: its JSON, fields, files, text and bytes, whatever type it is declared to be."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from .charsets import decoded, decoded_anyhow, decoded_json, known_charset
from .errors import Invalid, TooLarge
from .multipart import Part, parts_of
from .strict_json import parse_json

MAX_FORM_FIELDS = 1000
MAX_JSON_LINES = 100_000
_JSON = frozenset({"application/json", "text/json", "application/x-json", "application/csp-report"})
_JSON_LINES = frozenset(
    {
        "application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonl", "text/jsonl",
        "application/jsonlines", "application/x-jsonlines", "application/json-lines", "application/json-seq",
        "application/x-json-stream", "application/stream+json",
    }
)  # fmt: skip
_FORM = "application/x-www-form-urlencoded"
_BLANK = " \t\r\n"
_OPTION = re.compile(r';\s*([\w!#$&^.+-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;]*))')


def read_body(content_type: str, raw: bytes) -> dict[str, Any]:
    """Return what ``raw`` is, declared as ``content_type`` (the whole header, empty where there is none).

    ``kind`` is how it was read: json, lines (JSON by line), form, multipart, text, bytes, or empty. ``text`` and its
    ``charset`` are there unless it is no text, ``bytes`` is all of it in base64, ``size`` its bytes. ``json`` is there
    whenever the body is JSON, or a field of a form is (``payload``, or the only one). ``form`` has values by field,
    ``files`` by field what a multipart body carries. Raises Invalid (``body_invalid``) for what is not what it says
    that it is, TooLarge.
    """
    essence, _, _ = content_type.partition(";")
    essence = essence.strip().lower()
    body: dict[str, Any] = {
        "kind": "empty", "content_type": essence, "charset": None, "size": len(raw), "text": None, "json": None,
        "form": None, "files": None, "bytes": None,
    }  # fmt: skip
    if not raw:
        return body
    body["bytes"] = base64.b64encode(raw).decode("ascii")
    charset = option_of(content_type, "charset") if ";" in content_type else ""
    if essence in _JSON_LINES:
        _read_lines(body, raw, charset)
    elif essence in _JSON or essence.endswith("+json"):
        _read_json(body, raw, charset)
    elif essence.startswith("multipart/"):
        _read_multipart(body, raw, option_of(content_type, "boundary"))
    elif not _holds_json(body, raw, charset):
        if essence == _FORM:
            _read_form(body, raw, charset)
        else:
            _read_other(body, raw, charset)
    return body


def option_of(header: str, name: str) -> str:
    """Return the option ``name`` of a header such as Content-Type; "" where it is not given."""
    for found in _OPTION.finditer(header):
        if found[1].lower() == name:
            return re.sub(r"\\(.)", r"\1", found[2]) if found[2] is not None else found[3].strip("'")
    return ""


def fields_of(text: str, what: str, *, charset: str = "utf-8", errors: str = "strict") -> dict[str, Any]:
    """Return the URL-encoded fields in ``text`` by name; one that came several times has the list of its values.

    Raises TooLarge, Invalid (``body_invalid``).
    """
    if text.count("&") >= MAX_FORM_FIELDS:
        raise TooLarge(f"A {what} may have {MAX_FORM_FIELDS} fields: send fewer, or JSON.", code="body_invalid")
    try:
        return _by_name(parse_qsl(text, keep_blank_values=True, encoding=charset, errors=errors))
    except ValueError as error:
        raise Invalid(f"The {what} could not be read: {error}.", code="body_invalid") from None


def _read_json(body: dict[str, Any], raw: bytes, charset: str) -> None:
    found = decoded_json(raw, charset)
    if found is None:
        raise Invalid(f"The body is not valid {charset or 'UTF-8'}.", code="body_invalid")
    text, body["charset"] = found
    body["kind"], body["text"], body["json"] = "json", text, parse_json(text)


def _read_lines(body: dict[str, Any], raw: bytes, charset: str) -> None:
    found = decoded_json(raw, charset)
    if found is None:
        raise Invalid(f"The body is not valid {charset or 'UTF-8'}.", code="body_invalid")
    text, body["charset"] = found
    # RFC 7464 begins each text with a record separator, JSON Lines ends it with a line feed.
    lines = [line for line in re.split("[\n\x1e]", text) if line.strip(_BLANK)]
    if len(lines) > MAX_JSON_LINES:
        raise TooLarge(f"A body of JSON lines may have {MAX_JSON_LINES} lines: send it in parts.", code="body_invalid")
    body["kind"], body["text"], body["json"] = "lines", text, [parse_json(line) for line in lines]


def _holds_json(body: dict[str, Any], raw: bytes, charset: str) -> bool:
    """Read an object or a list that is sent as something else (curl's -d sends a form); return whether it is one."""
    if raw[:1] not in b"{[ \t\r\n\xef\xfe\xff\0":
        return False
    found = decoded_json(raw, charset)
    if found is None or not found[0].lstrip(_BLANK).startswith(("{", "[")):
        return False
    try:
        value = parse_json(found[0])
    except Invalid:
        return False
    body["kind"], body["json"], (body["text"], body["charset"]) = "json", value, found
    return True


def _read_form(body: dict[str, Any], raw: bytes, charset: str) -> None:
    text, written = decoded_anyhow(raw, charset)
    fields: dict[str, Any] | None = None
    for one in dict.fromkeys((known_charset(charset) or _named_charset(text) or written, "utf-8", "cp1252")):
        try:
            fields, written = fields_of(text, "form", charset=one), one
        except Invalid:
            continue
        break
    if fields is None:
        fields, written = fields_of(text, "form", charset="iso8859-1"), "iso8859-1"
    body.update(kind="form", text=text, charset=written, form=fields, json=_json_field(fields))


def _named_charset(text: str) -> str | None:
    """Return the charset that a form names in a field of its own, as browsers and PayPal do."""
    found = re.search(r"(?:^|&)(?:_charset_|charset)=([\w.:-]+)", text)
    return known_charset(found[1]) if found else None


def _read_multipart(body: dict[str, Any], raw: bytes, boundary: str) -> None:
    fields: list[tuple[str, Any]] = []
    files: list[tuple[str, Any]] = []
    for part in parts_of(raw, boundary):
        if part.filename is None and not _is_file(part):
            fields.append((part.name, decoded_anyhow(part.content, option_of(part.content_type, "charset"))[0]))
        else:
            files.append((part.name, _file(part)))
    body.update(kind="multipart", form=_by_name(fields), files=_by_name(files))
    body["json"] = _json_field(body["form"])


def _is_file(part: Part) -> bool:
    essence = part.content_type.partition(";")[0].strip().lower()
    return not part.name or not (essence in ("", *_JSON) or essence.startswith("text/") or essence.endswith("+json"))


def _file(part: Part) -> dict[str, Any]:
    found = decoded(part.content, option_of(part.content_type, "charset"))
    return {
        "filename": part.filename,
        "content_type": part.content_type.partition(";")[0].strip().lower(),
        "size": len(part.content),
        "text": None if found is None or "\0" in found[0] else found[0],
        "bytes": base64.b64encode(part.content).decode("ascii"),
    }


def _read_other(body: dict[str, Any], raw: bytes, charset: str) -> None:
    found = decoded(raw, charset)
    essence = body["content_type"]
    if not charset and not (essence == "" or essence.startswith("text/") or essence.endswith("xml")):
        # What begins like a mark of UTF-16 may be anything.
        found = found if found is not None and found[1] == "utf-8" else None
    if found is None or "\0" in found[0]:
        body["kind"] = "bytes"
    else:
        body["kind"], (body["text"], body["charset"]) = "text", found


def _json_field(fields: Mapping[str, Any]) -> Any:
    """Return the JSON object or list in the field ``payload`` (as GitHub and Slack send it), or in the only field."""
    value = fields.get("payload", next(iter(fields.values())) if len(fields) == 1 else None)
    if not isinstance(value, str) or not value.lstrip(_BLANK).startswith(("{", "[")):
        return None
    try:
        return parse_json(value)
    except Invalid:
        return None


def _by_name(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name not in found:
            found[name] = value
        elif isinstance(found[name], list):
            found[name].append(value)
        else:
            found[name] = [found[name], value]
    return found

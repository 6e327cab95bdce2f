"""`na.outcome` and `na.respond`: hand a value out while the run goes on; answer the caller of a webhook."""

from __future__ import annotations

import html
import re
import sys
from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from . import location
from .client import connect, path_of
from .encoding import to_json
from .errors import Invalid, for_people

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NOT_GIVEN: Any = object()

_LONGEST_TEXT = 64 * 1024
"""Characters of one part of an answer: at most four bytes each, of the 256 KiB that the server takes at once."""
_LONGEST_BYTES = 192 * 1024
"""Bytes of one part; base64 makes four of three."""

_remembered: list[dict[str, Any]] = []


@for_people
def outcome(value: Any, more: bool = True) -> None:
    """Hand ``value`` (JSON) to whoever waits for this session; ``more=False`` says that it is the last.

    An open notebook shows and remembers it. Raises Invalid when ``value`` is not JSON.
    """
    _hand_out({"value": value, "more": bool(more)})


@for_people
def respond(
    json: Any = _NOT_GIVEN,
    *,
    body: str | bytes | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    more: bool = False,
) -> None:
    """Answer the caller of a webhook whose trigger is sync; the session goes on.

    Give ``json`` or ``body`` (text or bytes), or neither for an answer without content. With ``more=True`` the answer
    is streamed: the caller gets this part at once, those that follow as they come, and the end with the first without
    ``more``. Status and headers of the first part count; each ``json`` becomes a line (NDJSON). An answer that does not
    fit into one request is streamed by itself. An open notebook shows and remembers it.

    Raises Invalid for what is not an HTTP answer, Refused (``answer_too_large``) for a stream without end.
    """
    if json is not _NOT_GIVEN and body is not None:
        raise Invalid("An answer has one content: give json= or body=, not both.", code="response_invalid")
    if not isinstance(status, int) or not 200 <= status <= 599:
        raise Invalid(f"{status!r} is not an HTTP status to answer with: use 200 to 599.", code="response_invalid")
    if body is not None and not isinstance(body, str | bytes | bytearray | memoryview):
        raise Invalid("body= is text or bytes: for anything else use json=.", code="response_invalid")
    head: dict[str, Any] = {"status": int(status), "headers": _validated_headers(headers or {})}
    if json is not _NOT_GIVEN:
        text = to_json(json)
        if len(text) <= _LONGEST_TEXT:
            _hand_out({"value": json, "more": bool(more), "http": {**head, "json": json}})
            return
        # A part of a stream is a line, and so is its last one; a whole answer is not.
        body, kind = f"{text}\n", "application/x-ndjson" if more else "application/json"
        head["headers"] = {"Content-Type": kind, **head["headers"]}
    parts = _parts(body or "")
    for number, part in enumerate(parts, 1):
        _hand_out({"value": None, "more": bool(more) or number < len(parts), "http": {**head, **part}})


@for_people
def http_outcome(
    status_code: int = 200,
    body: Any = None,
    json: Any = None,
    headers: Mapping[str, str] | None = None,
    more: bool = False,
    *,
    event_id: str | None = None,
) -> None:
    """Do what `respond` does, under the name and with the arguments that AutoKitteh has for it.

    A ``body`` that is neither text nor bytes goes out as JSON. ``event_id`` may name the session's own event alone:
    whoever sent another is not waiting for this session. Raises Invalid.
    """
    if json is not None and body is not None:
        raise Invalid("An answer has one content: give json= or body=, not both.", code="response_invalid")
    if event_id is not None and event_id != _own_event():
        raise Invalid(
            f"This session answers who sent its own event, not {event_id}: leave event_id= out.",
            code="response_invalid",
        )
    if body is None or isinstance(body, str | bytes | bytearray | memoryview):
        given: dict[str, Any] = {"body": body} if json is None else {"json": json}
    else:
        given = {"json": body}
    respond(**given, status=status_code, headers=headers, more=more)


def take_remembered() -> list[dict[str, Any]]:
    """Return what this open notebook handed out since the last time, oldest first, and forget it."""
    taken = list(_remembered)
    _remembered.clear()
    return taken


def _validated_headers(headers: Mapping[str, str]) -> dict[str, str]:
    valid = {}
    for name, value in headers.items():
        text = str(value)
        if not _TOKEN.fullmatch(str(name)) or not text.replace("\t", " ").isprintable():
            raise Invalid(
                f"{name!r} is no HTTP header: no spaces in names, no line ends in values.", code="response_invalid"
            )
        valid[str(name)] = text
    return valid


def _parts(body: str | bytes | bytearray | memoryview) -> list[dict[str, str]]:
    """Return ``body`` in parts that the server takes at once."""
    if isinstance(body, str):
        return [{"body": body[start : start + _LONGEST_TEXT]} for start in range(0, len(body), _LONGEST_TEXT)] or [
            {"body": ""}
        ]
    content = bytes(body)
    return [
        {"body_base64": b64encode(content[start : start + _LONGEST_BYTES]).decode()}
        for start in range(0, len(content), _LONGEST_BYTES)
    ] or [{"body": ""}]


def _own_event() -> str | None:
    # Not at the top: who only hands something out needs nothing of it.
    from .context import current

    return getattr(current().event, "id", None)


def _hand_out(entry: dict[str, Any]) -> None:
    text = to_json(entry)
    session_id = location.session_id()
    if session_id:
        connect().call(
            "POST",
            path_of("sessions", session_id, "outcomes"),
            body=text.encode(),
            content_type="application/json",
        )
        return
    _remembered.append(entry)
    del _remembered[:-100]
    shown = _Shown(entry)
    if "IPython" in sys.modules:
        from IPython.display import display

        display(shown)  # type: ignore[no-untyped-call]
    else:
        print(repr(shown))


class _Shown:
    """What a session would have handed out."""

    def __init__(self, entry: dict[str, Any]) -> None:
        http = entry.get("http")
        if http is None:
            self._title = "Outcome" if entry["more"] else "Last outcome"
            self._lines = [to_json(entry["value"], indent=2)]
            return
        self._title = f"A part of response {http['status']}" if entry["more"] else f"Response {http['status']}"
        self._lines = [f"{name}: {value}" for name, value in http["headers"].items()]
        if "json" in http:
            self._lines.append(to_json(http["json"], indent=2))
        elif "body_base64" in http:
            self._lines.append(f"{len(http['body_base64']) * 3 // 4} bytes")
        elif http.get("body"):
            self._lines.append(http["body"])

    def __repr__(self) -> str:
        return "\n".join([f"{self._title} (an open notebook sends nothing)", *self._lines])

    def _repr_html_(self) -> str:
        text = html.escape("\n".join(self._lines))
        return (
            '<div style="border-left: 3px solid var(--jp-brand-color1, #1976d2); padding: 2px 10px">'
            f"<b>{html.escape(self._title)}</b> "
            '<span style="color: var(--jp-ui-font-color2, #666)">an open notebook sends nothing</span>'
            f'<pre style="margin: 2px 0 0; background: transparent; color: inherit">{text}</pre></div>'
        )

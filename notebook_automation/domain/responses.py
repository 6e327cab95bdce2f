"""Responses to sync webhooks: which HTTP response an outcome is, whole or in parts that come one after the other."""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from .errors import AutomationError, Invalid, TooLarge
from .masking import Masker
from .session_log import Outcome

MAX_PART = 256 * 1024
"""Bytes of one part of a streamed response: what is held for a caller who takes it slowly are a few of them."""
KEPT = 1024 * 1024
"""Bytes of a streamed response that stay in the session's history; the rest is forgotten when it was sent."""
LONGEST_WAIT = 3600.0
"""Seconds that a trigger may let its caller wait."""
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NOT_PASSED_ON = frozenset(
    {
        # Of one connection (RFC 9110, 7.6.1), or the server's to say.
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade", "content-length", "date", "server",
        # The webhook is on the origin of the Jupyter server: a session must not touch its cookies, its policies, or how
        # it is reached.
        "set-cookie", "set-cookie2", "clear-site-data", "content-security-policy", "x-content-type-options",
        "strict-transport-security", "service-worker-allowed", "alt-svc", "nel", "report-to", "reporting-endpoints",
    }
)  # fmt: skip


class NoResponse(AutomationError):
    """The sessions of a sync webhook have ended, or there were none, and nobody answered."""

    code = "no_answer"
    status = 502
    exit_code = 6


class ResponseTooLate(AutomationError):
    """No answer came in time; the session goes on."""

    code = "answer_too_late"
    status = 504
    exit_code = 6


class ResponseBroken(AutomationError):
    """A response that had begun will not come to its end: its caller has to see that something is missing."""

    code = "answer_broken"
    status = 502
    exit_code = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncResponse:
    """What the caller of a sync webhook gets: of a streamed one this is the first part."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """A response that is being streamed: bytes sent so far, and those held back, which may begin a secret."""

    sent: int = 0
    withheld: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOut:
    """What a session hands out, as it is stored and sent; ``stream`` is the response that it is a part of, with it."""

    value: Any
    more: bool
    http: dict[str, Any] | None
    stream: Stream | None = None


def response_of(value: Any, http: Mapping[str, Any] | None) -> SyncResponse:
    """Return the answer that an outcome is: as its ``http`` part says, else its value as JSON."""
    if http is None:
        return SyncResponse(status=200, headers={"Content-Type": "application/json"}, body=msgspec.json.encode(value))
    given = {name: text for name, text in http.get("headers", {}).items() if name.lower() not in _NOT_PASSED_ON}
    body, media_type = _content(http)
    headers = given if _is_typed(given) or not body else {"Content-Type": media_type, **given}
    return SyncResponse(status=int(http.get("status", 200)), headers=headers, body=body)


def handed_out(
    value: Any, http: Mapping[str, Any] | None, *, more: bool, masker: Masker, open_stream: Stream | None, limit: int
) -> HandedOut:
    """Return what is handed out without the secrets that ``masker`` knows, also where parts hold pieces of one.

    A response with ``more`` to come is a part of a stream, and so is whatever ends ``open_stream``. Each JSON of a
    stream is a line. A stream has at most ``limit`` bytes. Raises TooLarge (``part_too_large``, ``answer_too_large``).
    """
    if not (more and http is not None) and (more or open_stream is None):
        return HandedOut(value=masker.value(value), more=more, http=None if http is None else _masked(http, masker))
    before = open_stream or Stream()
    content, media_type = _part(value, http)
    if len(content) > MAX_PART:
        raise TooLarge(
            f"A part of an answer has at most {MAX_PART // 1024} KiB, not {len(content) // 1024}: send it in several.",
            code="part_too_large",
        )
    shown, withheld = _without_secrets(before.withheld + content, masker, more=more)
    stream = Stream(sent=before.sent + len(shown), withheld=withheld)
    if stream.sent > limit:
        raise TooLarge(
            f"The answer is longer than {limit / 2**20:g} MiB (setting webhook_answer_max): keep it as an artifact, "
            "and answer with what it is called.",
            code="answer_too_large",
        )
    first = {} if open_stream is not None else _head(http or {}, media_type, masker)
    try:
        part = {**first, "body": shown.decode("utf-8")}
    except UnicodeDecodeError:
        part = {**first, "body_base64": base64.b64encode(shown).decode()}
    return HandedOut(value=None, more=more, http=part, stream=stream)


def part_of(outcome: Outcome) -> bytes:
    """Return the bytes that a part of a streamed response is."""
    return b"" if outcome.http is None else _content(outcome.http)[0]


def validate_response(http: Mapping[str, Any]) -> dict[str, Any]:
    """Return the HTTP part of an outcome if it can be sent as it is.

    Raises Invalid (``response_invalid``).
    """
    contents = [name for name in ("json", "body", "body_base64") if name in http]
    if len(contents) > 1:
        raise _wrong(f"An answer has one content, not {' and '.join(contents)}: give one of them.")
    if "body_base64" in http:
        try:
            base64.b64decode(http["body_base64"], validate=True)
        except (binascii.Error, ValueError):
            raise _wrong("body_base64 is not base64: encode the bytes by base64.") from None
    for name, value in http.get("headers", {}).items():
        if not _TOKEN.fullmatch(name):
            raise _wrong(f"{name!r} is not the name of a header: use letters, digits and -.")
        # latin-1 is what HTTP/1.1 can carry; line ends would make other headers of it.
        if any(ord(one) > 255 or (ord(one) < 32 and one != "\t") or ord(one) == 127 for one in value):
            raise _wrong(f"The value of {name} holds a line end or another character that no header can: leave it out.")
    return dict(http)


def _content(http: Mapping[str, Any]) -> tuple[bytes, str]:
    """Return the body that ``http`` says, and its media type where none is given."""
    if "json" in http:
        return msgspec.json.encode(http["json"]), "application/json"
    if "body_base64" in http:
        return base64.b64decode(http["body_base64"]), "application/octet-stream"
    return str(http.get("body", "")).encode("utf-8"), "text/plain; charset=utf-8"


def _part(value: Any, http: Mapping[str, Any] | None) -> tuple[bytes, str]:
    if http is None:
        # A last outcome that is no response ends the stream, with its value if it has one.
        http = {} if value is None else {"json": value}
    content, media_type = _content(http)
    return (content + b"\n", "application/x-ndjson") if "json" in http else (content, media_type)


def _head(http: Mapping[str, Any], media_type: str, masker: Masker) -> dict[str, Any]:
    headers = masker.value(http.get("headers", {}))
    return {
        "status": http.get("status", 200),
        "headers": headers if _is_typed(headers) else {"Content-Type": media_type, **headers},
    }


def _masked(http: Mapping[str, Any], masker: Masker) -> dict[str, Any]:
    if not masker:
        return dict(http)
    hidden: dict[str, Any] = masker.value(http)
    if "body_base64" in http:
        shown, _ = _without_secrets(base64.b64decode(http["body_base64"]), masker, more=False)
        hidden["body_base64"] = base64.b64encode(shown).decode()
    return hidden


def _without_secrets(content: bytes, masker: Masker, *, more: bool) -> tuple[bytes, bytes]:
    """Return ``content`` without the secrets, in two parts: the second may be the beginning of one."""
    if not masker:
        return content, b""
    # What is no text stays as it is; a character may come in two parts.
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    text = decoder.decode(content, final=not more)
    half = decoder.getstate()[0]
    shown, rest = masker.split(text) if more else (masker.text(text), "")
    return _bytes(shown), _bytes(rest) + half


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _is_typed(headers: Mapping[str, str]) -> bool:
    return any(name.lower() == "content-type" for name in headers)


def _wrong(message: str) -> Invalid:
    return Invalid(message, code="response_invalid")

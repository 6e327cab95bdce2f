"""Calls of HTTP APIs: made ready from a definition, sent once, and told of without the secrets."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from notebook_automation.adapters.http_calls import HttpAnswer, HttpCall, HttpRequest
from notebook_automation.domain.api_calls import ApiCall
from notebook_automation.domain.api_requests import PlaceholderValues, filled
from notebook_automation.domain.credentials import SECRET_HEADERS
from notebook_automation.domain.masking import MASK, Masker
from notebook_automation.settings import Settings

_HIDDEN = SECRET_HEADERS | {"set-cookie", "set-cookie2", "authentication-info"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiAnswer:
    """What an API answered; ``result`` is the request and the answer as JSON, without secrets. ``told`` is a line."""

    status: int
    told: str
    result: Mapping[str, Any]

    @property
    def is_good(self) -> bool:
        """Whether the API did what it was asked for, by its own word."""
        return 200 <= self.status < 300


class OutgoingCall:
    """One request of an API, ready to be sent once. ``shown`` is the request as people see it, without secrets."""

    def __init__(self, call: ApiCall, values: PlaceholderValues, key: str, settings: Settings, masker: Masker) -> None:
        """Raise Invalid (``api_call_value_missing``, ``api_call_invalid``)."""
        request = filled(call, values, key)
        self.shown: Mapping[str, Any] = masker.value(request.shown)
        self.host = urlsplit(request.url).hostname or ""
        self._masker = masker
        self._call = HttpCall(
            HttpRequest(url=request.url, method=request.method, headers=request.headers, body=request.body),
            seconds=call.timeout or settings.api_call_time, at_most=settings.api_call_answer,
            allowed=settings.api_call_hosts,
        )  # fmt: skip

    def send(self) -> ApiAnswer:
        """Send it; blocks. Raises what `HttpCall.send` raises."""
        answer = self._call.send()
        said = f"{answer.status} {self._masker.text(answer.reason)}".rstrip()
        size = f"{'more than ' if answer.cut else ''}{len(answer.body)} bytes"
        return ApiAnswer(
            status=answer.status,
            told=f"{self.host} answered {said} after {answer.seconds:.2f} s, {size}.",
            result={"request": self.shown, "response": self._masker.value(_shown(answer))},
        )

    def stop(self) -> None:
        """Break it off; may be called in any thread."""
        self._call.stop()


def why_bad(host: str, answer: ApiAnswer) -> str:
    """Return why an answer is none that was hoped for."""
    if 300 <= answer.status < 400:
        return (
            f"{host} answered {answer.status}: it sends elsewhere, and that is not followed. Write the address that it "
            "names as the url."
        )
    return f"{host} answered {answer.status} {answer.result['response']['reason']}".rstrip() + "."


def _shown(answer: HttpAnswer) -> dict[str, Any]:
    headers = {name: MASK if name in _HIDDEN else _storable(value) for name, value in answer.headers.items()}
    return {
        "status": answer.status, "reason": _storable(answer.reason), "headers": headers, "body": _body(answer),
        "cut": answer.cut, "duration_ms": round(answer.seconds * 1000),
    }  # fmt: skip


def _body(answer: HttpAnswer) -> Any:
    """Return the body: a JSON value where it is one, else its text."""
    text = answer.body.decode("utf-8", "replace")
    if "json" in answer.headers.get("content-type", "") and not answer.cut:
        try:
            return json.loads(text, parse_constant=str)
        except (ValueError, RecursionError):
            pass
    return _storable(text)


def _storable(text: str) -> str:
    return text.replace("\0", "\ufffd")

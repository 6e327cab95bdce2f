"""What is not shown of a request and its answer: whatever opens something, wherever it stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import unquote_plus

from .masking import MASK, Masker

LONGEST_MASKED = 256 * 1024
"""Bytes of a body that is looked through; of a longer one nothing is kept."""

_NAME = (
    r"authoriz|authent|(?<![a-z])auth(?![a-z])|cookie|token|secret|passw|passphrase|(?<![a-z])pwd|signature|hmac"
    r"|credential|xsrf|csrf|(?<![a-z])jwt|(?<![a-z])sig(?![a-z])|(?<![a-z])slug|(?:api|access|private|account|shared)[-_]?key"
)
_SECRET_NAME = re.compile(_NAME, re.IGNORECASE)
_SECRET_PARAMETER = re.compile(rf"{_NAME}|^(?:key|code|otp|pin)$", re.IGNORECASE)
_TEXTS = (
    # The random part of a webhook's address, and that of a signed link.
    (re.compile(r"(webhooks/)(?!inbox(?:[/?\s\"]|$))[^/?#\s\"'\\<>&;,]+"), rf"\g<1>{MASK}"),
    (re.compile(r"(inquiries/answer/)[^/?#\s\"'\\<>&;,]+"), rf"\g<1>{MASK}"),
    (re.compile(r"\bnas_[A-Za-z0-9_-]+"), MASK),
    (re.compile(r"\b(bearer|basic|token)(\s+)[A-Za-z0-9._~+/=-]{8,}", re.IGNORECASE), rf"\g<1>\g<2>{MASK}"),
    (re.compile(r"(://)[^/\s@\"']+@"), rf"\g<1>{MASK}@"),
    (
        re.compile(rf"([?&;](?:[\w.%\[\]-]*(?:{_NAME})[\w.%\[\]-]*|key|code|otp|pin)=)[^&#;\s\"'<>\\]+", re.IGNORECASE),
        rf"\g<1>{MASK}",
    ),
)
_ID = re.compile(r"[a-z]{3}_[0-9a-z]{26}")
_LONG_PART = 12


class RequestMasker:
    """Masks requests and answers; ``secrets`` are those of projects, hidden wherever they stand."""

    def __init__(self, secrets: Masker) -> None:
        self._secrets = secrets

    def text(self, text: str) -> str:
        """Return ``text`` without secrets, and without what gives access in an address or a header."""
        shown = self._secrets.text(text)
        for pattern, replacement in _TEXTS:
            shown = pattern.sub(replacement, shown)
        return shown

    def path(self, path: str, *, is_known: bool) -> str:
        """Return the path of an address. Of one that ``is_known`` by no route, long parts are masked as well.

        Somebody may have made a mistake before the part that is secret.
        """
        if not is_known:
            parts = path.split("/")
            path = "/".join(one if len(one) <= _LONG_PART or _ID.fullmatch(one) else MASK for one in parts)
        return self.text(path)

    def query(self, query: str) -> str:
        """Return the query of an address, without its ``?``."""
        shown: list[str] = []
        for part in query.split("&"):
            name, equals, value = part.partition("=")
            if equals and _SECRET_PARAMETER.search(unquote_plus(name)):
                value = MASK
            shown.append(f"{name}{equals}{value}")
        return self.text("&".join(shown))

    def headers(self, headers: Iterable[tuple[str, str]]) -> dict[str, str]:
        """Return headers by name; of several of one name the values are joined by a comma."""
        shown: dict[str, str] = {}
        for name, value in headers:
            text = MASK if _SECRET_NAME.search(name) else self.text(value)
            shown[name] = f"{shown[name]}, {text}" if name in shown else text
        return shown

    def body(self, body: bytes, media_type: str, most: int) -> str:
        """Return up to ``most`` bytes of a body, masked before it is cut; other things than JSON only by their size."""
        essence = media_type.partition(";")[0].strip().lower()
        if not body:
            return ""
        if len(body) > LONGEST_MASKED:
            return f"[{len(body)} bytes: too large to be kept]"
        if essence not in ("application/json", "text/json", "") and not essence.endswith("+json"):
            return f"[{len(body)} bytes of {self.text(essence)}]"
        try:
            value = json.loads(body)
            text = json.dumps(self._value(value), ensure_ascii=False)
        except (ValueError, RecursionError):
            return f"[{len(body)} bytes that are not JSON]"
        encoded = text.encode("utf-8", "replace")
        if len(encoded) <= most:
            return encoded.decode("utf-8")
        return f"{encoded[:most].decode('utf-8', 'ignore')}… [cut: {len(encoded)} bytes]"

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self._value(one) for one in value]
        if isinstance(value, Mapping):
            # A variable: {"value": "…", "secret": true}.
            hides = value.get("secret") is True
            return {
                self.text(name): _hidden(one) if _SECRET_NAME.search(name) or (hides and name == "value")
                else self._value(one)
                for name, one in value.items()
            }  # fmt: skip
        return value


def _hidden(value: Any) -> Any:
    """Return what is shown of the value of a secret name: that there is one."""
    return value if value is None or isinstance(value, bool) else MASK

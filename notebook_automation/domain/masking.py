"""Hides secret values in whatever text a session shows: as they are, and as text usually carries them."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote, quote_plus

MASK = "***"
SHORTEST = 4
"""Characters; a shorter secret is part of too many words to be hidden, and none worth the name."""
SHORTEST_LINE = 8
"""Characters of a line that is hidden by itself, of a secret of several lines (a key file)."""


_MARKUP_SAFE = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord('"'): "&#34;", ord("'"): "&#39;"}
"""How Jinja's templates write what `html.escape` writes in another way."""


class Masker:
    """Replaces the ``secrets`` by `MASK`; false where there is nothing to hide.

    Found are a secret as it is, its lines, as JSON, in HTML, in URLs, in hexadecimal and in base64 (also within a
    longer text).
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets if len(secret) >= SHORTEST for form in _forms(secret)}
        # The longest first: of two that begin alike the whole one is to go.
        ordered = sorted(forms, key=lambda form: (-len(form), form))
        self._forms = ordered
        self._pattern = re.compile("|".join(map(re.escape, ordered))) if ordered else None
        self._beginnings = frozenset(form[:length] for form in ordered for length in range(1, len(form)))
        self._longest = max(map(len, ordered), default=0)

    def __bool__(self) -> bool:
        return self._pattern is not None

    def text(self, text: str) -> str:
        """Return ``text`` without the secrets."""
        # Most texts hold none, and to look for each is many times as fast as to look for all at once.
        if self._pattern is None or not any(form in text for form in self._forms):
            return text
        return self._pattern.sub(MASK, text)

    def value(self, value: Any) -> Any:
        """Return a JSON value without the secrets, in keys and texts at any depth."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, Mapping):
            return {self.value(key): self.value(one) for key, one in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(one) for one in value]
        return value

    def split(self, text: str) -> tuple[str, str]:
        """Return ``text`` without the secrets, in two parts: the second may be the beginning of one."""
        shown = self.text(text)
        for length in range(min(self._longest - 1, len(shown)), 0, -1):
            if shown[-length:] in self._beginnings:
                return shown[:-length], shown[-length:]
        return shown, ""


def _forms(secret: str) -> set[str]:
    data = secret.encode("utf-8", "surrogatepass")
    forms = {secret, json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    forms |= {html.escape(secret), html.escape(secret, quote=False), secret.translate(_MARKUP_SAFE)}
    forms |= {line for line in secret.splitlines() if len(line) >= SHORTEST_LINE}
    forms |= {quote(data, safe=""), quote(data), quote_plus(data), data.hex(), data.hex().upper()}
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        forms |= {_within(encode(b"\0" * before + data).decode(), before, len(data)) for before in range(3)}
    return {form for form in forms if len(form) >= SHORTEST}


def _within(encoded: str, before: int, size: int) -> str:
    """Return the characters that ``size`` bytes give wherever they stand: those at the ends also hold neighbours."""
    first = (8 * before + 5) // 6
    return encoded[first : 8 * (before + size) // 6]

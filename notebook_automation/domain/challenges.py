"""What some senders ask a new address before they use it: answered by what only the owner of the secret can say."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .errors import Invalid
from .signatures import Scheme
from .strict_json import parse_json

_LONGEST = 1000
"""Characters of a text that is sent back."""


@dataclass(frozen=True, slots=True)
class ChallengeAnswer:
    """An HTTP ``status`` and a ``body`` to send as JSON; None is an empty one."""

    status: int
    body: Mapping[str, Any] | None


def challenge_answer(scheme: Scheme, secret: str, body: bytes) -> ChallengeAnswer | None:
    """Return the answer to a delivery that was verified by ``secret``; None where it asks nothing."""
    if scheme.challenge is None:
        return None
    try:
        asked = parse_json(body.decode("utf-8"))
    except (Invalid, ValueError):
        return None
    if not isinstance(asked, Mapping):
        return None
    return {"slack": _slack, "zoom": _zoom, "discord": _discord}[scheme.challenge](asked, secret)


def _slack(asked: Mapping[str, Any], secret: str) -> ChallengeAnswer | None:
    text = _text(asked.get("challenge"))
    if asked.get("type") != "url_verification" or text is None:
        return None
    return ChallengeAnswer(200, {"challenge": text})


def _zoom(asked: Mapping[str, Any], secret: str) -> ChallengeAnswer | None:
    payload = asked.get("payload")
    text = _text(payload.get("plainToken")) if isinstance(payload, Mapping) else None
    if asked.get("event") != "endpoint.url_validation" or text is None:
        return None
    code = hmac.new(secret.encode("utf-8"), text.encode("utf-8"), hashlib.sha256).hexdigest()
    return ChallengeAnswer(200, {"plainToken": text, "encryptedToken": code})


def _discord(asked: Mapping[str, Any], secret: str) -> ChallengeAnswer | None:
    kind = asked.get("type")
    if isinstance(kind, bool):
        return None
    # An interaction has a token; type 1 of webhook events, which have none, is an event.
    if kind == 1 and "token" in asked and "event" not in asked:
        return ChallengeAnswer(200, {"type": 1})
    return ChallengeAnswer(204, None) if kind == 0 and "application_id" in asked else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= _LONGEST else None

"""Senders' own ids of deliveries, by which one that comes again is known."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

HEADERS = ("idempotency-key", "x-github-delivery", "webhook-id")


def delivery_key(data: Mapping[str, Any]) -> str | None:
    """Return the sender's id of the delivery that is ``data``; None if it gave none."""
    headers = data["headers"]
    for name in HEADERS:
        value = headers.get(name)
        if value:
            # A long id is kept by its hash: cut off, two different ones could be taken for the same.
            return f"{name}:{value if len(value) <= 255 else hashlib.sha256(value.encode()).hexdigest()}"
    return None

"""What a webhook asks of its deliveries, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def verified_text(signature: Mapping[str, Any]) -> str:
    """Return who signs and by which secrets it is checked, of a trigger's ``signature`` as the server shows it."""
    names = [name for name in (signature["secret"], signature.get("old_secret")) if name]
    live = signature["secrets_live"]
    count = {0: "no secret is set: nothing is taken", 1: "one secret live", 2: "two secrets live"}[live]
    return f"{signature['title']}, by {' or '.join(names)} ({count})"

"""What an error looks like (RFC 9457, application/problem+json)."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, Struct, UnsetType


class Problem(Struct, kw_only=True):
    """An error: `code` is stable, `detail` is a sentence for people that says what to do.

    `instance` names this one answer and is in the server's log; `errors` says more of single fields.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str
    errors: list[dict[str, Any]] | UnsetType = UNSET

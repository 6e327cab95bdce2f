"""Requests that say nothing more than their address."""

from __future__ import annotations

from msgspec import Struct


class NoQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """No query parameters."""


class Nothing(Struct, kw_only=True, forbid_unknown_fields=True):
    """An empty body."""

"""Whom a change of an inquiry concerns: those who send messages hear of it in the transaction that makes it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Literal

from sqlalchemy import Connection

from notebook_automation.domain.inquiries import Inquiry

Why = Literal["asked", "stage", "delegated", "question", "reminder", "escalated"]
"""Why people hear of an inquiry: it is new to them, or they are reminded."""
Notify = Callable[[Connection, Inquiry, str, Collection[str]], None]
"""Called with a reason of `reason_of` and the people concerned, by login; nobody where anyone may answer.

It only writes rows.
"""


def reason_of(why: Why, inquiry: Inquiry) -> str:
    """Return the reason of one change, `reminder:4`: another change, though of the same kind, has another."""
    return f"{why}:{inquiry.version}"


def notify_nobody(tx: Connection, inquiry: Inquiry, reason: str, people: Collection[str]) -> None:
    """Where no way to send messages is set up."""

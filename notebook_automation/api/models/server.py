"""The server's state, as the API shows it."""

from __future__ import annotations

from msgspec import Struct


class EngineStatus(Struct, kw_only=True):
    """Whether this server is the active one (it ticks and dispatches), and its name in the leader election."""

    active: bool
    owner: str | None


class Status(Struct, kw_only=True):
    """`failed_today` counts since this server's midnight what nobody has acknowledged.

    `webhook_base` is what webhook URLs begin with, `timezone` the zone of schedules that name none.
    """

    version: str
    engine: EngineStatus
    running: int
    queued: int
    failed_today: int
    database: str
    webhook_base: str
    timezone: str

"""Wires what watches a server: OpenTelemetry, where it is turned on."""

from __future__ import annotations

import time
from collections.abc import Mapping

from notebook_automation.adapters.telemetry import Measured, Telemetry
from notebook_automation.engine.leader_election import LeaderElection
from notebook_automation.services.changes import Changes
from notebook_automation.services.meters import Meters
from notebook_automation.services.session_traces import SessionTraces
from notebook_automation.settings import Settings
from notebook_automation.store import session_counts
from notebook_automation.store.database import Database


def telemetry_of(settings: Settings) -> Telemetry | None:
    """Return what sends spans and metrics; None where nothing is to be sent. Raises Unavailable (``otel_missing``)."""
    return Telemetry() if settings.otel else None


def watch(telemetry: Telemetry, database: Database, meters: Meters, changes: Changes, engine: LeaderElection) -> None:
    """Send the traces of sessions that end, and what is counted."""
    changes.on_change(SessionTraces(database, telemetry.add, lambda: engine.active).changed)
    telemetry.measure("counter", "requests", "Requests that this server answered.", lambda: _requests(meters))
    telemetry.measure(
        "counter", "request.time", "Seconds that answers took together.",
        lambda: {
            (("http.request.method", method), ("http.route", route)): one.total
            for (method, route), one in list(meters.request_seconds.items())
        },
    )  # fmt: skip
    telemetry.measure(
        "counter", "events", "Events, by what made them and their type.",
        lambda: {(("source", source), ("type", kind)): count for (source, kind), count in list(meters.events.items())},
    )  # fmt: skip
    telemetry.measure(
        "counter", "sessions.ended", "Sessions that ended, by status.",
        lambda: _by("status", {status: sum(one.counts) for status, one in list(meters.session_seconds.items())}),
    )  # fmt: skip
    telemetry.measure(
        "counter", "sessions.time", "Seconds that ended sessions took together, by status.",
        lambda: _by("status", {status: one.total for status, one in list(meters.session_seconds.items())}),
    )  # fmt: skip
    telemetry.measure("counter", "ticks", "Ticks that were late or missed.", lambda: _by("how", meters.ticks))
    telemetry.measure(
        "gauge", "sessions", "Sessions in the database, by status.",
        lambda: _sessions(database),
    )  # fmt: skip
    telemetry.measure("gauge", "queue.oldest", "Seconds that the first queued one waits.", lambda: _oldest(database))


def _requests(meters: Meters) -> Measured:
    return {
        (("http.request.method", method), ("http.route", route), ("http.response.status_code", str(status))): count
        for (method, route, status), count in list(meters.requests.items())
    }


def _by(label: str, values: Mapping[str, float]) -> Measured:
    return {((label, name),): value for name, value in values.items()}


def _sessions(database: Database) -> Measured:
    counts = database.read_now(session_counts.status_counts)
    return {(("status", status),): count for status, count in counts.items()}


def _oldest(database: Database) -> Measured:
    oldest = database.read_now(session_counts.oldest_queued)
    return {(): 0.0 if oldest is None else max(0.0, time.time() - oldest)}

"""The tables of the API log: requests, and how many of each kind there were in an hour."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Double, Integer, String, Table, Text

from notebook_automation.store.columns import Json, PrintableText

from .base import Id, id_column, metadata, time_column

api_logs = Table(
    "api_logs",
    metadata,
    id_column(),
    Column("correlation_id", String(128), nullable=False, index=True),
    Column("method", PrintableText, nullable=False),
    Column("route", String(200), nullable=False),
    Column("path", PrintableText, nullable=False),
    Column("query", PrintableText),
    Column("status_code", Integer, nullable=False),
    Column("code", String(64)),
    Column("duration_ms", Double, nullable=False),
    Column("user_id", PrintableText),
    Column("client", String(64)),
    # No foreign key: an event may go before the request that it came by.
    Column("event_id", Id),
    Column("request_headers", Json, nullable=False),
    Column("request_body", PrintableText),
    Column("response_headers", Json, nullable=False),
    Column("response_body", PrintableText),
    time_column("created_at", nullable=False),
)

api_counts = Table(
    "api_counts",
    metadata,
    Column("hour", Integer, primary_key=True, autoincrement=False),
    Column("method", Text, primary_key=True),
    Column("route", String(200), primary_key=True),
    Column("status_code", Integer, primary_key=True, autoincrement=False),
    Column("bucket", Integer, primary_key=True, autoincrement=False),
    Column("count", BigInteger, nullable=False),
    Column("total_ms", Double, nullable=False),
)

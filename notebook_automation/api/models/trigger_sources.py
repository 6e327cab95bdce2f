"""What triggers wait for, as the API shows and takes it: times, sessions of others, artifacts, files."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from notebook_automation.domain.after import EndStatus
from notebook_automation.domain.schedules import IfOff
from notebook_automation.domain.watched_files import FileChange

CatchUp = Literal["skip", "once", "all"]


class Calendar(Struct, kw_only=True):
    """Days off: `holidays` of a country or its part (`DE-BE`), other than `working_days`, `dates` of one's own.

    `ics` is a calendar file of the project: its all-day events are days off.
    """

    holidays: str | None
    working_days: list[str]
    dates: list[str]
    ics: str | None
    if_off: IfOff


class CalendarBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """Days off, and what becomes of a tick on one: `skip`, or `next`, the same time of the next working day."""

    holidays: Annotated[str | None, Meta(description="A country or a part of it: `DE`, `DE-BE`.")] = None
    working_days: Annotated[list[str] | str | None, Meta(description="Days of the week: `MON-FRI`.")] = None
    dates: Annotated[list[str] | None, Meta(description="Days off of one's own: `2026-12-24`.")] = None
    ics: Annotated[
        str | None, Meta(description="A calendar file of the project by its path: its all-day events are days off.")
    ] = None
    if_off: IfOff | None = None


class Schedule(Struct, kw_only=True):
    """When it fires; `description` says it in English, `jitter` is seconds."""

    cron: str | None
    every: str | None
    at: str | None
    timezone: str
    jitter: float
    catch_up: CatchUp
    calendar: Calendar | None
    description: str


class ScheduleBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """One of `cron`, `every` and `at`; `jitter` is seconds or a text such as `30s`."""

    cron: str | None = None
    every: str | None = None
    at: str | None = None
    timezone: str | None = None
    jitter: float | str | None = None
    catch_up: CatchUp | None = None
    calendar: CalendarBody | None = None
    description: Annotated[str, Meta(description="Ignored: so that what was read can be sent back.")] | None = None


class After(Struct, kw_only=True):
    """Which sessions it follows: each of them, or with `within` (seconds) all `of` them together."""

    of: list[str]
    statuses: list[EndStatus]
    within: float | None
    description: str


class AfterBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """Triggers by name, notebooks and programs by path, whose sessions it follows; one alone may be a text."""

    of: Annotated[list[str] | str, Meta(description="Names of triggers of the project, or paths of its files.")]
    statuses: Annotated[list[EndStatus] | None, Meta(description="Ends that count; `completed` if missing.")] = None
    within: Annotated[
        float | str | None, Meta(description="Only once all of them have ended so, within this time: `2h`.")
    ] = None
    description: Annotated[str, Meta(description="Ignored: so that what was read can be sent back.")] | None = None


class WatchedArtifact(Struct, kw_only=True):
    """An artifact whose new versions it waits for; with `changed` only those with another content."""

    ref: str
    changed: bool
    description: str


class WatchedArtifactBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """Who makes it and its name; `*` and `?` stand for others."""

    ref: Annotated[str, Meta(description="Without the project: `load/table.csv`, `*/table.csv`.")]
    changed: Annotated[bool, Meta(description="Only versions with another content than the one before.")] = False
    description: Annotated[str, Meta(description="Ignored: so that what was read can be sent back.")] | None = None


class WatchedFiles(Struct, kw_only=True):
    """Files of the project that it watches, by patterns; `debounce` is the seconds that a file has to be quiet for."""

    paths: list[str]
    on: list[FileChange]
    debounce: float
    description: str


class WatchedFilesBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """Patterns of paths in the project: `data/*.csv`, `**/*.parquet`; one alone may be a text."""

    paths: list[str] | str
    on: Annotated[list[FileChange] | None, Meta(description="`created` and `changed` if missing.")] = None
    debounce: Annotated[float | str | None, Meta(description="Seconds, or a text such as `5s`; 1 s if missing.")] = None
    description: Annotated[str, Meta(description="Ignored: so that what was read can be sent back.")] | None = None

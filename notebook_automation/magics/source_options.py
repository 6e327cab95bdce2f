"""What a line of `%trigger` waits for beside times and deliveries: sessions, artifacts, files; and days off."""

from __future__ import annotations

import argparse
from typing import Any

from notebook_automation.sdk.literals import seconds
from notebook_automation.sdk.sessions import ENDED

from .options import Options

_FILE_CHANGES = ("created", "changed", "deleted")


def add_source_options(options: Options) -> None:
    """Add what a trigger may wait for."""
    add = options.add_argument
    add("--after", action="append", default=[], metavar="NAME", help="after each session of this trigger; repeatable")
    add("--after-status", action="append", default=[], choices=ENDED, help="with --after: ended so (completed)")
    add("--within", metavar="TIME", help="with several --after: only once all of them have ended, within this time")
    add("--on-artifact", metavar="REF", help="when a new version of it is kept: load/table.csv, '*/table.csv'")
    add("--if-changed", action="store_true", help="with --on-artifact: only if its content is another")
    add(
        "--on-file",
        action="append",
        default=[],
        metavar="GLOB",
        help="when such a file changes: 'data/*.csv'; repeatable",
    )
    add(
        "--on-change",
        action="append",
        default=[],
        choices=_FILE_CHANGES,
        help="with --on-file: created, changed, deleted",
    )
    add("--quiet", metavar="TIME", help="with --on-file: how long a file has to be unchanged (1s)")


def after_of(options: Options, given: argparse.Namespace) -> dict[str, Any] | None:
    """Return whose sessions a line follows."""
    if not given.after:
        if given.after_status or given.within:
            options.error("--after-status and --within belong to --after: say which sessions it follows")
        return None
    statuses = {"statuses": given.after_status} if given.after_status else {}
    within = {"within": seconds(given.within, "--within")} if given.within else {}
    return {"of": given.after, **statuses, **within}


def artifact_of(options: Options, given: argparse.Namespace) -> dict[str, Any] | None:
    """Return the artifact that a line waits for."""
    if not given.on_artifact:
        if given.if_changed:
            options.error("--if-changed belongs to --on-artifact: say which artifact")
        return None
    return {"ref": given.on_artifact, "changed": given.if_changed}


def files_of(options: Options, given: argparse.Namespace) -> dict[str, Any] | None:
    """Return the files that a line watches."""
    if not given.on_file:
        if given.on_change or given.quiet:
            options.error("--on-change and --quiet belong to --on-file: say which files")
        return None
    on = {"on": given.on_change} if given.on_change else {}
    debounce = {"debounce": seconds(given.quiet, "--quiet")} if given.quiet else {}
    return {"paths": given.on_file, **on, **debounce}


def calendar_of(given: argparse.Namespace) -> dict[str, Any]:
    """Return the days off of a line."""
    values = {
        "holidays": given.holidays,
        "working_days": given.working_days,
        "dates": given.not_on,
        "ics": given.not_on_ics,
        "if_off": given.if_off,
    }
    return {name: value for name, value in values.items() if value}

"""What the options of `%trigger` and `%%trigger` say, as the body that the server takes."""

from __future__ import annotations

import argparse
from typing import Any

from notebook_automation.sdk.literals import assignments, seconds

from .options import Options

_WHEN = ("cron", "every", "at")


def line_options() -> Options:
    """Return the options of `%trigger`: it runs this notebook, or another call."""
    options = Options(
        "%trigger",
        example='%trigger nightly --cron "0 6 * * MON-FRI" --tz Europe/Berlin -p region=emea',
        description="Make this notebook run by itself. The same name again changes the trigger of that name.",
    )
    _add(options)
    options.add_argument("--call", metavar="FILE[:NAME]", help="run this file of the project instead of this notebook")
    return options


def cell_options() -> Options:
    """Return the options of `%%trigger`: it runs the cell, after those above it that are no handlers."""
    options = Options(
        "%%trigger",
        example="%%trigger orders --webhook --filter 'data.method == \"POST\"' --sync",
        description="Make this cell a handler: what to do when something happens. Set-up cells above it run first.",
    )
    _add(options)
    options.add_argument("--warm", action="store_true", help="keep the set-up above it run and ready, to answer faster")
    return options


def read(options: Options, words: list[str]) -> argparse.Namespace:
    """Return what ``words`` say, checked as far as this side can. Raises UsageError, Invalid."""
    if words and words[0].startswith("-") and words[0] not in ("-h", "--help"):
        options.error(f"The trigger's name comes first: {options.prog} NAME {words[0]} …")
    said = options.read(words)
    if said.help:
        return said
    if not said.name:
        options.error("A trigger needs a name")
    kinds = [f"--{kind}" for kind in (*_WHEN, "webhook", "manual") if getattr(said, kind)]
    if len(kinds) > 1:
        options.error(f"{' and '.join(kinds)} are different triggers: give each a name of its own")
    if not kinds and not said.event_type:
        options.error("Say when it runs: --cron, --every, --at, --webhook, --event-type or --manual")
    scheduled = bool(kinds) and kinds[0] in ("--cron", "--every", "--at")
    if said.event_type and kinds and kinds[0] != "--webhook":
        options.error(f"{kinds[0]} has no event type: leave --event-type out")
    if not scheduled:
        for name in ("tz", "jitter", "catch_up"):
            if getattr(said, name) is not None:
                options.error(f"--{name.replace('_', '-')} belongs to --cron, --every or --at")
    if said.sync and not said.webhook:
        options.error("--sync answers the caller of a webhook: add --webhook")
    said.parameters = assignments(said.p, "-p")
    said.mapping = assignments(said.map, "--map", literal=False)
    said.seconds = seconds(said.time_limit, "--time-limit") if said.time_limit else None
    said.jitter_seconds = seconds(said.jitter, "--jitter") if said.jitter else None
    return said


def kind(said: argparse.Namespace) -> str:
    """Return the trigger's type: schedule, webhook, event or manual."""
    if any(getattr(said, name) for name in _WHEN):
        return "schedule"
    return "webhook" if said.webhook else "event" if said.event_type else "manual"


def body(said: argparse.Namespace) -> dict[str, Any]:
    """Return every settable field, so that an option taken out of the line is taken out of the trigger."""
    schedule = None
    if kind(said) == "schedule":
        given = {
            **{name: getattr(said, name) for name in _WHEN},
            "timezone": said.tz,
            "jitter": said.jitter_seconds,
            "catch_up": said.catch_up,
        }
        schedule = {name: value for name, value in given.items() if value is not None}
    return {
        "name": said.name,
        "type": kind(said),
        "enabled": not said.disabled,
        "event_type": said.event_type,
        "filter": said.filter,
        "schedule": schedule,
        "parameters": said.parameters,
        "mapping": said.mapping,
        "report": said.report,
        "keep": said.keep,
        "is_sync": said.sync,
        "is_durable": said.durable,
        "warm": getattr(said, "warm", False),
        "time_limit": said.seconds,
    }


def _add(options: Options) -> None:
    add = options.add_argument
    add("name", nargs="?", metavar="NAME", help="the trigger's name in this project")
    add("--cron", metavar="TEXT", help="five fields, six with seconds, or @daily: '0 6 * * MON-FRI'")
    add("--every", metavar="TIME", help="an interval: 90s, 15m, 1h30m, '2 days'")
    add("--at", metavar="DATE", help="once: '2026-12-24 18:00'")
    add("--tz", metavar="ZONE", help="the time zone of the times above: Europe/Berlin (UTC)")
    add("--jitter", metavar="TIME", help="start up to so much later, to spread load")
    add("--catch-up", choices=("skip", "once", "all"), help="what becomes of times missed while down (once)")
    add("--webhook", action="store_true", help="when its URL is called")
    add("--event-type", metavar="NAME", help="when an event of this name is emitted; with --webhook: the method")
    add("--manual", action="store_true", help="when somebody starts it")
    add("--filter", metavar="CEL", help="only if this holds, in CEL over data and event_type")
    add("-p", action="append", default=[], metavar="NAME=VALUE", help="a parameter, its value as YAML; repeatable")
    add("--map", action="append", default=[], metavar="NAME=CEL", help="a parameter taken from the event; repeatable")
    add("--sync", action="store_true", help="the caller waits for na.respond(…)")
    add("--durable", action="store_true", help="it may be run again where it was interrupted")
    add("--report", choices=("html",), help="keep a report of each run")
    add("--keep", metavar="TIME", help="for how long to keep what runs make: '30 days', '10 versions'")
    add("--time-limit", metavar="TIME", help="end a run that takes longer: 90s, 10m, 2h")
    add("--disabled", action="store_true", help="register it, but let nothing happen yet")
    add(
        "--test",
        metavar="FILE|EVENT",
        help="register nothing: try it here with this JSON file or recorded event (evt_…)",
    )

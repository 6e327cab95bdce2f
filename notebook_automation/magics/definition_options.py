"""The options of `%trigger` and `%%trigger`."""

from __future__ import annotations

import argparse

from notebook_automation.sdk.notify_rules import REPORT_PARTS

from .environment_options import add_environment_options
from .options import Options
from .source_options import add_source_options

SIGNERS = (
    "github", "gitlab", "bitbucket", "jira", "stripe", "slack", "zoom", "shopify", "twilio", "linear",
    "standard-webhooks", "svix", "sendgrid", "discord", "hmac", "token", "basic", "none",
)  # fmt: skip
"""Presets of signatures, as the server knows them; `none` takes what anybody sends."""


def line_options() -> Options:
    """Return the options of `%trigger`: it runs this notebook, or another call."""
    options = Options(
        "%trigger",
        example='%trigger nightly --cron "0 6 * * MON-FRI" --tz Europe/Berlin -p region=emea',
        description="Make this notebook run by itself. The same name again changes its trigger of that name.",
    )
    _add_options(options)
    options.add_argument("--call", metavar="FILE[:NAME]", help="run this file of the project instead of this notebook")
    return options


def cell_options() -> Options:
    """Return the options of `%%trigger`: it runs the cell, after those above it that are no handlers."""
    options = Options(
        "%%trigger",
        example="%%trigger orders --webhook --filter 'data.method == \"POST\"' --sync",
        description="Make this cell a handler: what to do when something happens. Set-up cells above it run first.",
    )
    _add_options(options)
    options.add_argument("--warm", action="store_true", help="keep the set-up above it run and ready, to answer faster")
    return options


def _report_parts(text: str) -> list[str]:
    parts = [one.strip() for one in text.split(",")]
    for one in parts:
        if one not in REPORT_PARTS:
            raise argparse.ArgumentTypeError(
                f"a report is html, pdf or email, or several of them as html,pdf,email, not {one!r}"
            )
    return parts


def _add_options(options: Options) -> None:
    add = options.add_argument
    add("name", nargs="?", metavar="NAME", help="the trigger's name in this project")
    add("--cron", metavar="TEXT", help="five fields, six with seconds, or @daily: '0 6 * * MON-FRI'")
    add("--every", metavar="TIME", help="an interval: 90s, 15m, 1h30m, '2 days'")
    add("--at", metavar="DATE", help="once: '2026-12-24 18:00'")
    add("--tz", metavar="ZONE", help="the time zone of the times above: Europe/Berlin (the server's)")
    add("--jitter", metavar="TIME", help="start up to so much later, to spread load")
    add("--holidays", metavar="COUNTRY", help="not on holidays there: DE, or a part of it, DE-BE")
    add("--working-days", metavar="DAYS", help="only on these days of the week: MON-FRI")
    add("--not-on", action="append", default=[], metavar="DATE", help="not on this day: 2026-12-24; repeatable")
    add("--not-on-ics", metavar="FILE", help="not on the days of all-day events of this calendar file (.ics)")
    add("--if-off", choices=("skip", "next"), help="on a day off: skip it, or run on the next working day (skip)")
    add("--catch-up", choices=("skip", "once", "all"), help="what becomes of times missed while down (once)")
    add("--webhook", action="store_true", help="when its URL is called")
    add("--event-type", metavar="NAME", help="when an event of this name is emitted; with --webhook: the method")
    add_source_options(options)
    add("--manual", action="store_true", help="when somebody starts it")
    add("--rule-of", metavar="TRIGGER", help="when another trigger's event comes: a rule of that trigger")
    add("--filter", metavar="CEL", help="only if this holds, in CEL over data and event_type")
    add("-p", action="append", default=[], metavar="NAME=VALUE", help="a parameter, its value as YAML; repeatable")
    add("--map", action="append", default=[], metavar="NAME=CEL", help="a parameter taken from the event; repeatable")
    add("--transform", metavar="CEL", help="with --rule-of: what takes the place of data for --map")
    add("--debounce", metavar="TIME", help="one run for events that come close together: when none came for so long")
    add("--batch", metavar="TIME", help="one run for all events of so long, from the first on; na.events has them")
    add("--key", metavar="CEL", help="with --debounce or --batch: collect events with different values apart")
    add("--sync", action="store_true", help="the caller waits for na.respond(…)")
    add("--sync-time", metavar="TIME", help="with --sync: for how long (30s), and between parts of its answer")
    add(
        "--durable", action="store_true", help="go on from the last finished cell after a crash; wait without a process"
    )
    add("--retries", type=int, metavar="NUMBER", help="try so often again what failed or took too long")
    add("--retry-delay", metavar="TIME", help="before the first retry (1 min); each later wait is twice as long")
    add("--retry-if-lost", action="store_true", help="also what was lost as it ran: only where repeating it is safe")
    add(
        "--at-most", metavar="LIMIT",
        help="how many may run: 3, 100/hour, '1 by region'; the others wait, or: '1 by region, else cancel [running]'",
    )  # fmt: skip
    add("--fresh-within", metavar="TIME", help="it is stale where no run has completed for so long: 26h")
    add("--slower-than", metavar="TIMES", help="a run is late that takes so many times as long as the last 20: 3x")
    add("--priority", type=int, default=0, metavar="NUMBER", help="0-100: each step counts as a minute of waiting")
    add(
        "--report", type=_report_parts, default=[], metavar="html,pdf,email",
        help="html, pdf: keep a report of each run (no-code: without code); with --send-to: send it; email: send the "
        "notebook as a mail",
    )  # fmt: skip
    add(
        "--send-to", action="append", default=[], metavar="WHO", help="who gets the report: ana@example.org; repeatable"
    )
    add("--send-if", metavar="CEL", help="send it only if this holds, as --notify-if")
    add("--keep", metavar="TIME", help="for how long to keep what runs make: '30 days', '10 versions'")
    add("--time-limit", metavar="TIME", help="end a run that takes longer: 90s, 10m, 2h")
    add("--tag", action="append", default=[], metavar="TAG", help="a word to find it and its runs by; repeatable")
    add("--skip-tags", action="append", default=[], metavar="TAG", help="do not run cells with this tag; repeatable")
    add_environment_options(options)
    add("--replace", action="store_true", help="replace a trigger of this name that runs another notebook")
    add("--max-body", metavar="SIZE", help="with --webhook: the largest body to take: 25MB")
    add(
        "--signature", choices=SIGNERS, metavar="PRESET",
        help=f"with --webhook: take only what is signed so: {', '.join(SIGNERS)}",
    )  # fmt: skip
    add("--secret-name", metavar="NAME", help="the project's secret that signatures are checked by")
    add("--old-secret-name", metavar="NAME", help="another that is good as well, while it is changed at the sender")
    add(
        "--signature-field", action="append", default=[], metavar="NAME=VALUE",
        help="in place of what the preset says: header=X-Signature; repeatable",
    )  # fmt: skip
    add(
        "--notify", action="append", default=[], metavar="ON:TO",
        help="who is told: failed:panel, failed,late:email:ana, completed:slack:SLACK_URL; none: nobody; repeatable",
    )  # fmt: skip
    add("--notify-if", metavar="CEL", help="only if this holds, in CEL over session, result, artifacts, previous")
    add("--disabled", action="store_true", help="register it, but let nothing happen yet")
    add(
        "--test",
        metavar="FILE|EVENT",
        help="register nothing: try it here with this JSON file or recorded event (evt_…)",
    )

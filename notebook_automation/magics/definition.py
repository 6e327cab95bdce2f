"""What a line of `%trigger` or `%%trigger` defines: its options, and the trigger that they stand for."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from notebook_automation.sdk.literals import assignments, seconds
from notebook_automation.sdk.notify_rules import notify_rules, report_rule

from .options import Options
from .source_options import add_source_options, after_of, artifact_of, calendar_of, files_of

_NOT_OF_THE_TRIGGER = ("call", "sample", "rule_of", "rule", "replace")
_WHEN = ("cron", "every", "at")
_TYPES = {"after": "session", "on_artifact": "artifact", "on_file": "file"}
"""Types of triggers that are called otherwise than their option."""
_EVERY_WAY = "--cron, --every, --at, --webhook, --event-type, --after, --on-artifact, --on-file"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerDefinition:
    """What a line asks for; ``sample`` is what to try it with, instead of registering it."""

    name: str
    type: str
    enabled: bool
    event_type: str | None
    filter: str | None
    schedule: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    artifact: Mapping[str, Any] | None
    files: Mapping[str, Any] | None
    parameters: Mapping[str, Any]
    mapping: Mapping[str, str]
    report: str | None
    keep: str | None
    is_sync: bool
    is_durable: bool
    retry: Mapping[str, Any] | None
    policy: str | None
    priority: int
    warm: bool
    time_limit: float | None
    skip_tags: Sequence[str]
    max_body: str | None
    sync_time: float | None
    signature: Mapping[str, Any] | None
    notify: Sequence[Mapping[str, Any]] | None
    tags: Sequence[str]
    collect: Mapping[str, Any] | None
    call: str | None
    sample: str | None
    rule_of: str | None
    """The trigger whose events it is a rule for, in place of events of its own."""
    rule: Mapping[str, Any]
    """What is said of that rule alone."""
    replace: bool
    """Whether a trigger of this name that runs another file may be replaced."""

    def body(self) -> dict[str, Any]:
        """Return every settable field, so that an option taken out of the line is taken out of the trigger.

        Who signs is left as it is.
        """
        values = asdict(self)
        if self.signature is None:
            # Whoever set it elsewhere does not lose it by running this line again.
            del values["signature"]
        return {name: value for name, value in values.items() if name not in _NOT_OF_THE_TRIGGER}

    def rule_body(self) -> dict[str, Any]:
        """Return every field of the rule that the line asks for."""
        conditions = [] if self.filter is None else [self.filter]
        given = {
            "enabled": self.enabled,
            "parameters": self.parameters,
            "mapping": self.mapping,
            "collect": self.collect,
        }
        return {**given, "conditions": conditions, **self.rule}


def parse_definition(options: Options, words: list[str]) -> TriggerDefinition | None:
    """Return what ``words`` define, validated as far as this side can; None where they ask for help.

    Raises UsageError, Invalid.
    """
    if words and words[0].startswith("-") and words[0] not in ("-h", "--help"):
        options.error(f"The trigger's name comes first: {options.prog} NAME {words[0]} …")
    given = options.read(words)
    if given.help:
        return None
    if not given.name:
        options.error("A trigger needs a name")
    kind = _type_of(options, given)
    if given.transform and not given.rule_of:
        options.error("--transform is about a rule: add --rule-of TRIGGER")
    if kind != "schedule":
        _refuse_schedule_options(options, given)
    if given.max_body and not given.webhook:
        options.error("--max-body is about what a webhook gets: add --webhook")
    if given.signature and not given.webhook:
        options.error("--signature is about what a webhook gets: add --webhook")
    if given.sync and not given.webhook:
        options.error("--sync answers the caller of a webhook: add --webhook")
    if given.sync_time and not given.sync:
        options.error("--sync-time says how long the caller waits: add --sync")
    return TriggerDefinition(
        name=given.name,
        type=kind,
        enabled=not given.disabled,
        event_type=given.event_type,
        filter=given.filter,
        schedule=_schedule(given) if kind == "schedule" else None,
        after=after_of(options, given),
        artifact=artifact_of(options, given),
        files=files_of(options, given),
        parameters=assignments(given.p, "-p"),
        mapping=assignments(given.map, "--map", literal=False),
        report="html" if "html" in given.report else None,
        keep=given.keep,
        is_sync=given.sync,
        is_durable=given.durable,
        retry=_retry(options, given),
        policy=given.at_most,
        priority=given.priority,
        warm=getattr(given, "warm", False),
        time_limit=seconds(given.time_limit, "--time-limit") if given.time_limit else None,
        max_body=given.max_body,
        sync_time=seconds(given.sync_time, "--sync-time") if given.sync_time else None,
        signature=_signature(options, given),
        notify=_notify(options, given),
        tags=given.tag,
        skip_tags=given.skip_tags,
        collect=_collect(options, given),
        call=getattr(given, "call", None),
        sample=given.test,
        rule_of=given.rule_of,
        rule={"transform": given.transform} if given.rule_of else {},
        replace=given.replace,
    )


def _type_of(options: Options, given: argparse.Namespace) -> str:
    """Return the trigger's type: schedule, webhook, event, session, …; a rule has that of its trigger."""
    if given.rule_of:
        _refuse_options_of_triggers(options, given)
        return "manual"
    kinds = [kind for kind in (*_WHEN, "webhook", "after", "on_artifact", "on_file", "manual") if getattr(given, kind)]
    named = " and ".join(f"--{kind.replace('_', '-')}" for kind in kinds)
    if len(kinds) > 1:
        options.error(f"{named} are different triggers: give each a name of its own")
    if not kinds:
        if not given.event_type:
            options.error(f"Say when it runs: {_EVERY_WAY} or --manual")
        return "event"
    if given.event_type and kinds[0] not in ("webhook", "after", "on_artifact", "on_file"):
        options.error(f"{named} has no event type: leave --event-type out")
    return "schedule" if kinds[0] in _WHEN else _TYPES.get(kinds[0], kinds[0])


def _refuse_options_of_triggers(options: Options, given: argparse.Namespace) -> None:
    """What a rule has not is its trigger's to say."""
    of_rules = {"name", "rule_of", "filter", "p", "map", "transform", "disabled", "test", "call", "help",
                "debounce", "batch", "key"}  # fmt: skip
    said = [name for name, value in vars(given).items() if value and name not in of_rules]
    if said:
        named = ", ".join(f"--{name.replace('_', '-')}" for name in sorted(said))
        options.error(f"A rule has no {named}: its trigger {given.rule_of} says that")


def _refuse_schedule_options(options: Options, given: argparse.Namespace) -> None:
    for name in ("tz", "jitter", "catch_up", "holidays", "working_days", "not_on", "if_off"):
        if getattr(given, name):
            options.error(f"--{name.replace('_', '-')} belongs to --cron, --every or --at")


def _schedule(given: argparse.Namespace) -> dict[str, Any]:
    values = {
        **{name: getattr(given, name) for name in _WHEN},
        "timezone": given.tz,
        "jitter": seconds(given.jitter, "--jitter") if given.jitter else None,
        "catch_up": given.catch_up,
        "calendar": calendar_of(given) or None,
    }
    return {name: value for name, value in values.items() if value is not None}


def _signature(options: Options, given: argparse.Namespace) -> dict[str, Any] | None:
    fields = assignments(given.signature_field, "--signature-field", literal=False)
    if not given.signature:
        if given.secret_name or given.old_secret_name or fields:
            options.error("--secret-name, --old-secret-name and --signature-field belong to --signature: say who signs")
        return None
    if given.signature == "none":
        return {"preset": "none"}
    if not given.secret_name:
        options.error("--signature is checked by a secret of the project: name it with --secret-name")
    old = {"old_secret": given.old_secret_name} if given.old_secret_name else {}
    return {"preset": given.signature, "secret": given.secret_name, **old, **fields}


def _collect(options: Options, given: argparse.Namespace) -> dict[str, Any] | None:
    named = [name for name in ("debounce", "batch") if getattr(given, name)]
    if not named:
        if given.key:
            options.error("--key belongs to --debounce or --batch: say for how long events are collected")
        return None
    if len(named) > 1:
        options.error("--debounce waits until it is quiet, --batch for a time: give one of them")
    collect: dict[str, Any] = {named[0]: seconds(getattr(given, named[0]), f"--{named[0]}")}
    return {**collect, "key": given.key} if given.key else collect


def _notify(options: Options, given: argparse.Namespace) -> list[dict[str, Any]] | None:
    try:
        rules, sent = (
            notify_rules(given.notify, given.notify_if),
            report_rule(given.report, given.send_to, given.send_if),
        )
        return rules if sent is None else [*(rules or []), sent]
    except ValueError as error:
        options.error(str(error))


def _report_parts(text: str) -> list[str]:
    parts = [one.strip() for one in text.split(",")]
    for one in parts:
        if one not in ("html", "email"):
            raise argparse.ArgumentTypeError(f"a report is html or email, or both as html,email, not {one!r}")
    return parts


def _retry(options: Options, given: argparse.Namespace) -> dict[str, Any] | None:
    if not given.retries:
        if given.retry_delay or given.retry_if_lost:
            options.error("--retry-delay and --retry-if-lost belong to --retries: say how often to try again")
        return None
    # A number of retries, as elsewhere at a shell; the definition counts the first try too.
    retry: dict[str, Any] = {"max_attempts": given.retries + 1}
    if given.retry_delay:
        retry["base_delay"] = seconds(given.retry_delay, "--retry-delay")
    return {**retry, "if_lost": True} if given.retry_if_lost else retry


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
    add("--priority", type=int, default=0, metavar="NUMBER", help="0-100: each step counts as a minute of waiting")
    add(
        "--report", type=_report_parts, default=[], metavar="html,email",
        help="html: keep a report of each run; with --send-to: send it; email: send the notebook as a mail",
    )  # fmt: skip
    add(
        "--send-to", action="append", default=[], metavar="WHO", help="who gets the report: ana@example.org; repeatable"
    )
    add("--send-if", metavar="CEL", help="send it only if this holds, as --notify-if")
    add("--keep", metavar="TIME", help="for how long to keep what runs make: '30 days', '10 versions'")
    add("--time-limit", metavar="TIME", help="end a run that takes longer: 90s, 10m, 2h")
    add("--tag", action="append", default=[], metavar="TAG", help="a word to find it and its runs by; repeatable")
    add("--skip-tags", action="append", default=[], metavar="TAG", help="do not run cells with this tag; repeatable")
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

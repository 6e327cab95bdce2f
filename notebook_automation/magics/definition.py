"""What a line of `%trigger` or `%%trigger` defines: its options, and the trigger that they stand for."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from notebook_automation.sdk.literals import assignments, seconds
from notebook_automation.sdk.notify_rules import notify_rules, report_rule, report_text

from .environment_options import environment_fields
from .options import Options
from .source_options import after_of, artifact_of, calendar_of, files_of

_NOT_OF_THE_TRIGGER = ("call", "sample", "rule_of", "rule", "replace")
_WHEN = ("cron", "every", "at")
_TYPES = {"after": "session", "on_artifact": "artifact", "on_file": "file"}
"""Types of triggers that are called otherwise than their option."""
_EVERY_WAY = "--cron, --every, --at, --webhook, --event-type, --after, --on-artifact, --on-file"


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
    kernel_name: str | None
    env: Mapping[str, Any]
    memory: str | None
    max_body: str | None
    sync_time: float | None
    signature: Mapping[str, Any] | None
    notify: Sequence[Mapping[str, Any]] | None
    tags: Sequence[str]
    collect: Mapping[str, Any] | None
    freshness: Mapping[str, Any] | None
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
        report=_report(options, given),
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
        **environment_fields(given),
        collect=_collect(options, given),
        freshness=_freshness(given),
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
    for name in ("tz", "jitter", "catch_up", "holidays", "working_days", "not_on", "not_on_ics", "if_off"):
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


def _freshness(given: argparse.Namespace) -> dict[str, Any] | None:
    found = {"within": given.fresh_within, "slower_than": given.slower_than}
    return {name: value for name, value in found.items() if value} or None


def _report(options: Options, given: argparse.Namespace) -> str | None:
    try:
        return report_text(given.report)
    except ValueError as error:
        options.error(str(error))


def _notify(options: Options, given: argparse.Namespace) -> list[dict[str, Any]] | None:
    try:
        rules, sent = (
            notify_rules(given.notify, given.notify_if),
            report_rule(given.report, given.send_to, given.send_if),
        )
        return rules if sent is None else [*(rules or []), sent]
    except ValueError as error:
        options.error(str(error))


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

"""Notifications: which reasons people hear of and by which way, and what a message to somebody is until it is sent."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Literal, get_args

from .access import Resource
from .changes import change_content
from .errors import Invalid
from .ids import IdPrefix
from .projects import validate_name

NOTIFICATION_ID = IdPrefix("ntf")
Reason = Literal["failed", "completed", "recovered", "waiting", "missed", "late", "stale"]
"""``failed`` is every end that is no success and no cancellation, once nothing tries again; ``waiting``: people are
asked; ``missed``: ticks that ran nothing; ``late``: a tick that ran after its time, or a session that takes far
longer than usual; ``stale``: no session has completed in time."""
ReportPart = Literal["email", "html", "pdf"]
"""``email``: the notebook's texts and outputs are the mail; ``html``, ``pdf``: its report is a file of it."""
NotificationChannel = Literal["panel", "email", "slack", "teams", "webhook", "apprise"]
NotificationState = Literal["created", "queued", "processing", "sent", "error", "dropped"]
"""``created`` waits to be gathered with others, ``queued`` to be tried again or for the pause to end; ``dropped`` did
not meet its condition."""
OPEN_STATES: tuple[NotificationState, ...] = ("created", "queued")
REASONS: tuple[Reason, ...] = get_args(Reason)
CHANNELS: tuple[NotificationChannel, ...] = get_args(NotificationChannel)
MOST_RULES = 20
MOST_RECIPIENTS = 50
VARIABLES = ("session", "result", "artifacts", "previous")
"""What the condition of a rule can read."""
_ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where a message goes: ``target`` is a person or address for e-mail, nothing for the panel.

    For all others it is the name of the project's secret that holds the URL.
    """

    channel: NotificationChannel
    target: str = ""

    def __str__(self) -> str:
        return f"{self.channel}:{self.target}" if self.target else self.channel


@dataclass(frozen=True, slots=True, kw_only=True)
class NotifyRule:
    """Who hears of which reasons, if ``condition`` (CEL) holds, where there is one; ``report`` is what mails carry."""

    on: tuple[Reason, ...]
    to: tuple[Recipient, ...]
    condition: str | None = None
    report: tuple[ReportPart, ...] = ()

    @property
    def is_short(self) -> bool:
        """Whether one text says all of it."""
        return self.condition is None and len(self.to) == 1 and not self.report

    def to_dict(self) -> dict[str, Any]:
        """Return it as it is stored, and as a manifest writes it."""
        made: dict[str, Any] = {"on": list(self.on), "to": [str(one) for one in self.to]}
        if self.report:
            made["report"] = list(self.report)
        return made if self.condition is None else {**made, "if": self.condition}


@dataclass(frozen=True, slots=True)
class Wish:
    """What a recipient is to hear: if one of ``conditions`` holds (None: in any case), with the parts of a report."""

    conditions: tuple[str, ...] | None
    report: tuple[ReportPart, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification:
    """A message to one recipient about one thing, for one reason.

    ``entity`` is the id of the thing, ``entity_type`` its noun. ``content`` is what is said of it, with the conditions
    of which one has to hold (``if``). While it is ``processing``, ``next_at`` is until when the other side may answer;
    before that, when it is looked at. ``message_id`` is the same for all that went out together.
    """

    id: str
    channel: NotificationChannel
    target: str
    entity_type: str
    entity: str
    activity: Reason
    created_at: float
    project_id: str | None = None
    project: str = ""
    trigger_id: str | None = None
    trigger_ref: str | None = None
    session_id: str | None = None
    content: dict[str, Any] = field(default_factory=dict)
    state: NotificationState = "created"
    tries: int = 0
    next_at: float | None = None
    error: str | None = None
    message_id: str | None = None
    ended_at: float | None = None

    @property
    def recipient(self) -> Recipient:
        """To whom it goes."""
        return Recipient(self.channel, self.target)

    @property
    def resource(self) -> NotificationResource:
        """What somebody who looks at it needs to be allowed."""
        return NotificationResource(id=self.id, project_id=self.project_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationResource(Resource):
    """A message to a person."""

    kind: ClassVar[str] = "notification"


@change_content("notifications", "created", "updated")
class NotificationChange:
    """What changes of notifications carry; ``trigger`` is ``project/name``."""

    channel: NotificationChannel
    reason: Reason
    state: NotificationState
    project: str
    trigger: str | None

    @classmethod
    def of(cls, one: Notification) -> NotificationChange:
        """Return what a change of ``one`` carries."""
        return cls(
            channel=one.channel, reason=one.activity, state=one.state, project=one.project, trigger=one.trigger_ref
        )


@change_content("notifications", "told")
class ToldChange:
    """What is told to all who look at the panel: so many ``entries`` together; ``session`` is the first one's."""

    title: str
    text: str
    entries: int
    is_bad: bool
    session: str | None


def parse_notify(given: Any) -> tuple[NotifyRule, ...]:
    """Return the rules that a list says: of texts as `parse_rule` takes them, or mappings of on, to and if.

    Raises Invalid (``notify_invalid``).
    """
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise _wrong("notify has to be a list, such as [failed:email:ana@example.org].")
    if len(given) > MOST_RULES:
        raise _wrong(f"notify may have {MOST_RULES} entries.")
    return tuple(one if isinstance(one, NotifyRule) else _rule(one) for one in given)


def parse_rule(text: str, condition: str | None = None) -> NotifyRule:
    """Return the rule that one text says: ``failed,late:email:ana@example.org``. Raises Invalid."""
    on, separator, to = text.partition(":")
    if not separator:
        raise _wrong(f"{text!r:.80} names no recipient: write {on or 'failed'}:panel, or failed:email:ana@example.org.")
    return _checked(on.split(","), [to], condition)


def parse_recipient(text: Any) -> Recipient:
    """Return the recipient that a text names: ``panel``, ``email:ana``, ``slack:SLACK_URL``. Raises Invalid."""
    channel, _, target = str(text).strip().partition(":")
    channel, target = channel.strip().lower(), target.strip()
    if channel not in CHANNELS:
        raise _wrong(f"{str(text)[:80]!r} is no way to tell anybody: use {', '.join(CHANNELS)}.")
    if channel == "panel":
        if target:
            raise _wrong("panel takes nothing behind it: whoever has the panel open is told.")
    elif channel == "email":
        if not target or len(target) > 320 or ("@" in target and not _ADDRESS.fullmatch(target)):
            raise _wrong(f"{target[:80]!r} is neither an e-mail address nor a person: write email:ana@example.org.")
        if not target.isprintable():
            raise _wrong("The name of a person has characters that are not seen.")
    else:
        _check_secret(channel, target)
    return Recipient(channel, target)


def wanted(rules: Iterable[NotifyRule], reason: Reason) -> dict[Recipient, Wish]:
    """Return who is to hear of ``reason``, and how."""
    found: dict[Recipient, Wish] = {}
    for rule in rules:
        if reason not in rule.on:
            continue
        for recipient in rule.to:
            before = found.get(recipient, Wish(()))
            always = rule.condition is None or before.conditions is None
            conditions = None if always else (*(before.conditions or ()), rule.condition or "")
            found[recipient] = Wish(conditions, tuple(dict.fromkeys((*before.report, *rule.report))))
    return found


def reads(rules: Iterable[NotifyRule] | None, reason: Reason) -> bool:
    """Return whether any of ``rules`` is about ``reason``."""
    return any(reason in rule.on for rule in rules or ())


def _rule(given: Any) -> NotifyRule:
    if isinstance(given, str):
        return parse_rule(given)
    if not isinstance(given, Mapping):
        raise _wrong(f"{given!r:.80} is neither a text such as failed:panel nor a mapping of on and to.")
    # YAML reads a bare `on` as true.
    fields = {"on" if key is True else str(key): value for key, value in given.items()}
    if unknown := sorted(set(fields) - {"on", "to", "if", "report"}):
        raise _wrong(f"An entry has no {', '.join(unknown)}: it has on, to, if and report.")
    on, to = fields.get("on"), fields.get("to")
    rule = _checked([on] if isinstance(on, str) else on, [to] if isinstance(to, str) else to, fields.get("if"))
    return replace(rule, report=_report(rule, fields.get("report") or ()))


def _report(rule: NotifyRule, given: Any) -> tuple[ReportPart, ...]:
    parts = [given] if isinstance(given, str) else given
    known = get_args(ReportPart)
    if not isinstance(parts, Sequence) or any(one not in known for one in parts):
        raise _wrong(f"report is a list of {', '.join(known)}.")
    if parts and any(one.channel != "email" for one in rule.to):
        raise _wrong("Only e-mails carry a report: say email:… under to.")
    if parts and set(rule.on) - {"completed", "failed", "recovered"}:
        raise _wrong("Only a session that has ended has a report: say completed, recovered or failed under on.")
    return tuple(one for one in known if one in parts)


def _checked(on: Any, to: Any, condition: Any) -> NotifyRule:
    if not isinstance(on, Sequence) or not on:
        raise _wrong(f"An entry needs on: one or several of {', '.join(REASONS)}.")
    if not isinstance(to, Sequence) or not to or len(to) > MOST_RECIPIENTS:
        raise _wrong("An entry needs to: a list such as [panel, email:ana@example.org].")
    reasons = [str(one).strip().lower() for one in on]
    for one in reasons:
        if one not in REASONS:
            raise _wrong(f"Nobody can hear of {one[:60]!r}: use {', '.join(REASONS)}.")
    if condition is not None and not isinstance(condition, str):
        raise _wrong("if has to be a text: an expression in CEL.")
    return NotifyRule(
        on=tuple(one for one in REASONS if one in reasons),
        to=tuple(dict.fromkeys(parse_recipient(one) for one in to)),
        condition=(condition or "").strip() or None,
    )


def _check_secret(channel: str, target: str) -> None:
    try:
        validate_name(target)
    except Invalid:
        shown = "" if "://" in target or len(target) > 60 else f" {target!r} is none."
        raise _wrong(
            f"{channel} takes the name of the project's secret that holds its URL, as in {channel}:"
            f"{channel.upper()}_URL: whoever sees the trigger would see the URL itself.{shown}"
        ) from None


def _wrong(message: str) -> Invalid:
    return Invalid(message, code="notify_invalid", field="notify")

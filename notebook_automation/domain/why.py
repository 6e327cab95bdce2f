"""Why something ran, or did not: what is recorded of it, put into steps that people can follow."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from .events import MISSED, Event, why_nothing_ran
from .filters import Clause, Explanation
from .policies import Place, turn_text
from .rules import Enforcement
from .sessions import TERMINAL, Session
from .triggers import Trigger

StepKind = Literal["cause", "state", "problem", "rule", "session", "policy", "collecting", "event", "refusal"]
NEAREST = 3
"""Events that came near, and refusals, that are told of for a trigger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """Where in a condition something is, both from 1."""

    condition: str
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing that led to it, or stood in its way (``ok`` False; None: neither).

    ``about`` is the id of what it tells of, ``at`` epoch seconds. ``clauses`` are the tests of a rule's conditions with
    the values that they saw; ``errs_at`` is where one could not be decided.
    """

    kind: StepKind
    text: str
    ok: bool | None = None
    about: str | None = None
    at: float | None = None
    clauses: tuple[Clause, ...] = ()
    errs_at: Position | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The answer in a sentence, and the steps that it is made of; ``ran`` is None where it is still open."""

    about: str
    ran: bool | None
    answer: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleMet:
    """A rule that met an event, with what became of it: ``places`` are those of its session under policies."""

    enforcement: Enforcement
    explanations: tuple[Explanation, ...] = ()
    session: Session | None = None
    places: tuple[Place, ...] = ()
    collected: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMet:
    """An event with the rules that it met."""

    event: Event
    rules: tuple[RuleMet, ...] = ()


def why_of_event(met: EventMet) -> Why:
    """Return why an event ran what it did, or nothing."""
    event, steps = met.event, [cause(met.event)]
    if event.refusal is not None:
        steps.append(_refused(event))
    for rule in met.rules:
        steps += rule_steps(rule)
    started = [one.session for one in met.rules if one.session is not None]
    if started:
        named = ", ".join(f"{one.id} ({one.status})" for one in started)
        return Why(about=event.id, ran=True, answer=f"It started {named}.", steps=tuple(steps))
    ended = [one for one in met.rules if one.enforcement.session_id is not None]
    if ended:
        return Why(about=event.id, ran=True, answer="What it started has been deleted since.", steps=tuple(steps))
    said = (one.enforcement.reason for one in met.rules if one.enforcement.reason)
    reason = next(said, None) or why_nothing_ran(event)
    return Why(about=event.id, ran=False, answer=f"It ran nothing. {reason}", steps=tuple(steps))


def why_of_session(session: Session, met: EventMet | None, places: Sequence[Place], collected: int) -> Why:
    """Return why a session was started, and why it has not begun where it has not. ``met`` has its rule alone."""
    steps: list[Step] = []
    if session.retry_of is not None:
        again = "by itself, as its trigger wants" if session.tries else f"by {session.started_by}"
        text = f"It does again what {session.retry_of} did: tried {again}."
        steps.append(Step(kind="cause", text=text, about=session.retry_of, at=session.created_at))
    if met is not None:
        steps.append(cause(met.event))
        for rule in met.rules:
            steps += rule_steps(rule)
    elif session.parent_id is not None:
        text = f"The code of session {session.parent_id} started it."
        steps.append(Step(kind="cause", text=text, about=session.parent_id, at=session.created_at))
    elif not steps:
        steps.append(Step(kind="cause", text=f"{session.started_by} started it.", at=session.created_at))
    if met is None or not met.rules:
        steps += session_steps(session, places, collected)
    if session.status in TERMINAL or session.started_at is not None:
        became = "ran, and is" if session.started_at else "did not run: it is"
        answer = f"It {became} {session.status}." + (f" {session.reason}" if session.reason else "")
        return Why(about=session.id, ran=session.started_at is not None, answer=answer, steps=tuple(steps))
    return Why(about=session.id, ran=None, answer=f"It has not begun: {_state(session)}", steps=tuple(steps))


def why_of_trigger(
    trigger: Trigger, problems: Sequence[str], newest: Sequence[EventMet], refused: Sequence[Event]
) -> Why:
    """Return why a trigger ran last, or does not: ``newest`` are its latest events and ``refused`` deliveries.

    Both are newest first.
    """
    steps: list[Step] = []
    if not trigger.enabled:
        steps.append(Step(kind="state", text="It is off: nothing happens until it is switched on.", ok=False))
    steps += [Step(kind="problem", text=problem, ok=False) for problem in problems]
    if trigger.schedule is not None and trigger.enabled:
        known = trigger.next_fire is not None
        text = "It fires next at its time." if known else "Its schedule will not fire again: its time has passed."
        steps.append(Step(kind="state", text=text, ok=known, at=trigger.next_fire))
    ran = [one for one in newest if any(rule.enforcement.session_id for rule in one.rules)]
    steps += [Step(kind="event", text="Its last event that ran something.", ok=True, about=one.event.id,
                   at=one.event.received_at) for one in ran[:1]]  # fmt: skip
    for one in nearest([one for one in newest if one not in ran])[:NEAREST]:
        steps.append(_near(one))
    steps += [_refused(one) for one in refused[:NEAREST]]
    answer = _answer(trigger, problems, newest, ran, refused)
    return Why(about=trigger.id, ran=bool(ran) and ran[0] is newest[0], answer=answer, steps=tuple(steps))


def cause(event: Event) -> Step:
    """Return what an event was."""
    who = event.trigger_ref or "the project"
    texts = {
        "webhook": f"A delivery came to the webhook {who}: {event.type.upper()}.",
        "schedule": f"The schedule of {who} was due.",
        "manual": f"Somebody ran {who} by hand.",
        "emit": f"The event {event.type!r} was emitted.",
        "replay": f"{event.replay_of} was replayed.",
    }
    text = texts.get(event.source, f"The event {event.type!r} came from {event.source}.")
    if event.type == MISSED:
        text = f"The schedule of {who} missed its times: the server was not there."
    elif event.source == "schedule" and isinstance(event.data, dict) and event.data.get("scheduled_at"):
        text = f"The schedule of {who} was due at {event.data['scheduled_at']}."
    return Step(kind="cause", text=text, about=event.id, at=event.received_at)


def rule_steps(met: RuleMet) -> list[Step]:
    """Return what a rule decided, with the values that its conditions saw, and what became of what it started."""
    enforcement = met.enforcement
    name = f"Rule {enforcement.rule_ref}"
    if not enforcement.matched:
        text = f"{name} ran nothing: {enforcement.reason or 'its conditions did not hold.'}"
    elif not enforcement.conditions:
        text = f"{name} has no conditions: it runs for every event."
    else:
        text = f"{name} ran: its conditions held."
    if enforcement.matched and enforcement.session_id is None:
        text += " It calls nothing."
    steps = [
        Step(
            kind="rule", text=text, ok=enforcement.matched, about=enforcement.rule_id, at=enforcement.created_at,
            clauses=tuple(clause for one in met.explanations for clause in one.clauses),
            errs_at=error_position(enforcement.conditions, met.explanations),
        )
    ]  # fmt: skip
    return steps if met.session is None else [*steps, *session_steps(met.session, met.places, met.collected)]


def session_steps(session: Session, places: Sequence[Place], collected: int) -> list[Step]:
    """Return where a session stands: what it collects, what policies let it wait for, and how it ended."""
    steps: list[Step] = []
    if "batch" in session.config:
        many = "1 event" if collected == 1 else f"{collected} events"
        waits = session.status == "scheduling" and session.wake_at is not None
        text = f"It collects events until its time: {many} so far." if waits else f"It was started with {many}."
        steps.append(Step(kind="collecting", text=text, about=session.id, at=session.wake_at if waits else None))
    for place in places:
        if place.status == "waiting":
            text = f"It waits for {turn_text(place)}."
            steps.append(Step(kind="policy", text=text, ok=False, about=place.policy_id, at=place.due_at))
        elif place.status == "taken":
            text = f"The policy of {place.policy_ref} let it in."
            steps.append(Step(kind="policy", text=text, ok=True, about=place.policy_id, at=place.taken_at))
    ok = {"completed": True, "failed": False, "timeout": False, "abandoned": False, "cancelled": False}
    reason = f": {session.reason}" if session.reason else "."
    text = f"Session {session.id} is {session.status}{reason}"
    steps.append(Step(kind="session", text=text, ok=ok.get(session.status), about=session.id, at=session.finished_at))
    return steps


def nearest(unmet: Sequence[EventMet]) -> list[EventMet]:
    """Return events that ran nothing, those first of whose tests the most held; of the same, the newest."""
    return sorted(unmet, key=lambda one: -max((_share(rule) for rule in one.rules), default=0.0))


def error_position(conditions: Sequence[str], explanations: Sequence[Explanation]) -> Position | None:
    """Return where the first condition that could not be decided has the part that could not; None without one."""
    for condition, explanation in zip(conditions, explanations, strict=False):
        if explanation.outcome.error is None:
            continue
        part = next((one.text for one in explanation.clauses if one.error is not None), "")
        start = max(0, condition.find(part))
        line = condition.count("\n", 0, start) + 1
        return Position(condition=condition, line=line, column=start - (condition.rfind("\n", 0, start) + 1) + 1)
    return None


def _near(met: EventMet) -> Step:
    """Return in one step why an event ran nothing, by the rule of which it came nearest."""
    if not met.rules:
        text = f"An event ran nothing. {why_nothing_ran(met.event)}"
        return Step(kind="event", text=text, ok=False, about=met.event.id, at=met.event.received_at)
    best = max(met.rules, key=_share)
    tests = [clause for one in best.explanations for clause in one.clauses]
    held = sum(1 for clause in tests if clause.result)
    near = f" {held} of {len(tests)} tests held." if tests else ""
    return Step(
        kind="event", text=f"An event ran nothing: {best.enforcement.reason}{near}", ok=False, about=met.event.id,
        at=met.event.received_at, clauses=tuple(tests),
        errs_at=error_position(best.enforcement.conditions, best.explanations),
    )  # fmt: skip


def _refused(event: Event) -> Step:
    return Step(kind="refusal", text=why_nothing_ran(event), ok=False, about=event.id, at=event.received_at)


def _share(rule: RuleMet) -> float:
    tests = [clause for one in rule.explanations for clause in one.clauses]
    return sum(1 for clause in tests if clause.result) / len(tests) if tests else 0.0


def _answer(
    trigger: Trigger, problems: Sequence[str], newest: Sequence[EventMet], ran: Sequence[EventMet],
    refused: Sequence[Event],
) -> str:  # fmt: skip
    if not trigger.enabled:
        return "It does not run: it is off."
    if problems:
        return f"It cannot run: {problems[0]}"
    if not newest:
        return "Nothing was taken of what came: see why." if refused else "Nothing has come for it yet."
    if ran and ran[0] is newest[0]:
        return "It ran for its newest event."
    reason = next((one.enforcement.reason for one in newest[0].rules if one.enforcement.reason), None)
    return f"It ran nothing for its newest event. {reason or why_nothing_ran(newest[0].event)}"


def _state(session: Session) -> str:
    return f"it is {session.status}. {session.reason or ''}".rstrip()

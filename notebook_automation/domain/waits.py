"""What a session waits for (a time, a signal, an event, people), what ends a wait, and which of two things wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from .errors import Conflict, Invalid
from .events import Event, is_mere_record
from .ids import IdPrefix

WAIT_ID = IdPrefix("wai")
SUBSCRIPTION_ID = IdPrefix("sub")

WaitKind = Literal["sleep", "signal", "event", "next_event", "inquiry", "send"]
"""``send`` waits for nothing: it records that a signal was sent from this place, so that it is not sent again."""
WaitStatus = Literal["open", "answered", "timeout", "cancelled"]

ANY_EVENT = "event:*"
"""The key that every wait for an event by its name has beside its own, so that it shows whether there is one."""
LONGEST = 36_525 * 86_400.0
"""The longest wait, in seconds: a century."""
_NAME_LENGTH = 200
_UNSEEN = frozenset({"of", "seconds", "until", "inquiries"})
"""Parts of a question that may differ when it is asked again: names to show, times by the clock, ids given anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """A question that the code of a session has asked, and its answer.

    It is told by its place in the notebook (`sdk.position.Position`): asked there again, it is the same wait. Times are
    epoch seconds; ``wake_at`` is when it ends by itself. ``answer`` is a signal's ``payload`` and ``sender``, an
    ``event_id``, or the ids of ``inquiries``; None where it has none.
    """

    id: str
    session_id: str
    cell_index: int
    piece: int
    nth: int
    kind: WaitKind
    question: dict[str, Any]
    created_at: float
    status: WaitStatus = "open"
    answer: dict[str, Any] | None = None
    wake_at: float | None = None
    ended_at: float | None = None

    @property
    def position(self) -> tuple[int, int, int]:
        """Where in the notebook it was asked: cell, piece, the how manieth call there."""
        return self.cell_index, self.piece, self.nth


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What a session listens to: a trigger's events, or the occurrences of an event of its project.

    ``filter`` is CEL over the event. Once it has ended, nothing comes by it any more. ``known_as`` is another id by
    which the session's code knows it: that of the session whose variables it goes on with.
    """

    id: str
    session_id: str
    cell_index: int
    piece: int
    nth: int
    project_id: str
    created_at: float
    trigger_id: str | None = None
    event_type: str | None = None
    filter: str | None = None
    ended_at: float | None = None
    known_as: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What has come for a session: a signal with its ``payload``, or the event ``event_id`` of a subscription.

    ``key`` says by which waits it can be taken; ``wait_id`` is the one that took it. Messages of a session are taken in
    the order of ``seq``, which is that of their coming. ``requester`` is the person behind one that is new.
    """

    session_id: str
    key: str
    sender: str
    created_at: float
    payload: Any = None
    event_id: str | None = None
    wait_id: str | None = None
    seq: int = field(default=0)
    requester: str | None = None

    @property
    def answer(self) -> dict[str, Any]:
        """What a wait that takes it is answered with."""
        return {"event_id": self.event_id} if self.event_id else {"payload": self.payload, "sender": self.sender}


def signal_key(name: str) -> str:
    """Return the key of the signals called ``name`` of one session."""
    return f"signal:{name}"


def event_key(project_id: str, event_type: str) -> str:
    """Return the key of the occurrences of an event of a project."""
    return f"event:{project_id}:{event_type}"


def keys_of(wait: Wait, project_id: str | None) -> Sequence[str]:
    """Return the keys of what answers ``wait``, whose session is of this project; a subscription's is its id."""
    if wait.kind == "signal":
        return [signal_key(wait.question["name"])]
    if wait.kind == "event" and project_id is not None:
        return [event_key(project_id, wait.question["name"]), ANY_EVENT]
    return list(wait.question["subscriptions"]) if wait.kind == "next_event" else []


def status_at_its_time(kind: WaitKind) -> WaitStatus:
    """Return how a wait ends whose time has come: a sleep has what it wanted."""
    return "answered" if kind == "sleep" else "timeout"


def asks_the_same(asked: Wait, before: Wait) -> bool:
    """Return whether two waits at one place ask the same; lengths and times may differ, of which the first holds."""
    return asked.kind == before.kind and _seen(asked.question) == _seen(before.question)


def check_same(asked: Wait, before: Wait) -> None:
    """Raise Conflict (``wait_mismatch``) unless ``asked`` is the question that was asked ``before`` at this place."""
    if asks_the_same(asked, before):
        return
    raise Conflict(
        f"When this cell ran before, it stood here at {describe(before)}, and now at {describe(asked)}: what decides "
        "which way the code goes must not change between two runs of a cell. Record it by na.step, or put the waiting "
        "call in a cell of its own.",
        code="wait_mismatch",
    )


def describe(wait: Wait) -> str:
    """Return what ``wait`` is for, as a sentence goes on after "waits for"."""
    if wait.kind == "sleep":
        return "a time"
    if wait.kind == "send":
        return f"sending signal {wait.question['name']}"
    if wait.kind == "inquiry":
        first, *others = wait.question["of"]
        return f"an answer to '{first}'{f' and {len(others)} more' if others else ''}"
    if wait.kind == "next_event":
        return f"an event of {' or '.join(wait.question.get('of') or ['a subscription'])}"
    return f"{wait.kind} {wait.question['name']}"


def listened_as(event: Event) -> str | None:
    """Return the name under which an event of a project is listened to; None where only its trigger says what it is."""
    trigger = event.config.get("trigger") or {}
    return event.type if event.source == "emit" or trigger.get("type") == "event" else None


def may_be_listened_to(event: Event) -> bool:
    """Return whether subscribers are to get ``event``: it was taken, and is no mere record."""
    return event.refusal is None and not is_mere_record(event)


def validate_signal_name(name: str, what: str = "signal") -> str:
    """Return ``name`` if signals and events may be called so. Raises Invalid (``signal_invalid``)."""
    if not name.strip() or len(name) > _NAME_LENGTH or not name.isprintable():
        raise Invalid(
            f"The {what} needs a name of 1 to {_NAME_LENGTH} characters on one line, such as approve.",
            code=f"{what}_invalid", field="name",
        )  # fmt: skip
    return name


def wake_time(now: float, seconds: float | None, until: float | None = None) -> float | None:
    """Return when a wait of ``seconds``, or ``until`` a time, ends by itself; None: never.

    Raises Invalid (``duration_invalid``) for a length below 0, or beyond a century.
    """
    at = until if seconds is None else now + seconds
    if at is None:
        return None
    # So that a length which is no number is refused too.
    is_length = seconds is None or seconds >= 0
    if not is_length or not -LONGEST <= at - now <= LONGEST:
        raise Invalid("A wait lasts 0 seconds or longer, at most a century.", code="duration_invalid")
    return at


def _seen(question: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in question.items() if name not in _UNSEEN}

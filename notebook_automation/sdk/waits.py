"""Waiting in a session: for a time, a signal or an event; a durable session waits without a process."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from . import location
from .blocking import Duration, ask, place, session_of
from .client import connect, path_of
from .context import as_event
from .durations import seconds_of
from .errors import Invalid, for_people
from .records import Record


@for_people
def sleep(duration: Duration) -> None:
    """Go on after ``duration``. An open notebook sleeps as `time.sleep` does."""
    seconds = seconds_of(duration)
    if location.session_id() is None:
        time.sleep(seconds)
        return
    _ask({"kind": "sleep", "seconds": seconds})


@for_people
def sleep_until(when: datetime | str) -> None:
    """Go on at ``when``: a datetime, or a text such as `2026-12-01 06:00`; at once if that has passed.

    Without a zone it is the server's, as in schedules; in an open notebook that of this machine.
    """
    text = when.isoformat() if isinstance(when, datetime) else str(when).strip()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Invalid(
            f"{text!r} is not a time: write '2026-12-01 06:00', with a zone '2026-12-01T06:00:00+01:00'; how long to "
            "wait is for na.sleep.",
            code="time_invalid",
        ) from None
    if location.session_id() is None:
        time.sleep(max(0.0, moment.timestamp() - time.time()))
        return
    _ask({"kind": "sleep", "until": text})


@for_people
def wait(name: str, timeout: Duration | None = None) -> Any:
    """Wait for the signal ``name``, and return its payload; None when it did not come within ``timeout``.

    A signal that was sent to this session before is taken at once. `next_signal` tells a signal without a payload from
    none.
    """
    signal = _next_signal(name, timeout)
    return None if signal is None else signal["payload"]


@for_people
def next_signal(name: str, timeout: Duration | None = None) -> Record | None:
    """Wait for the signal ``name``, and return it with `name`, `payload` and `sender`; None after ``timeout``."""
    return _next_signal(name, timeout)


@for_people
def wait_for_event(name: str, timeout: Duration | None = None, *, full: bool = False) -> Any:
    """Wait until the event ``name`` of this project happens from now on; return its data, or the ``full`` event.

    None when it did not happen within ``timeout``. What happened before, or between two calls, is not seen: that is for
    `subscribe` and `next_event`.
    """
    ended = _ask({"kind": "event", "name": _name(name, "event")}, timeout)
    return _event_of(ended, full)


@for_people
def subscribe(trigger_or_event: str, filter: str | None = None) -> str:
    """Listen from now on to a trigger of this project by its name, or else to the event of that name.

    ``filter`` (CEL over `data` and `event_type`) narrows it. Returns the subscription, a text, for `next_event`; it
    ends with the session, or by `unsubscribe`.
    """
    body = {"source": _name(trigger_or_event, "event"), "filter": filter, "position": place()}
    return str(connect().post(path_of("sessions", session_of("subscribe"), "subscriptions"), body)["id"])


@for_people
def unsubscribe(subscription: str) -> None:
    """Listen no more; what has come and was not asked for is dropped."""
    connect().call("DELETE", path_of("sessions", session_of("unsubscribe"), "subscriptions", subscription))


@for_people
def next_event(
    sources: str | Sequence[str], filter: str | None = None, timeout: Duration | None = None, *, full: bool = False
) -> Any:
    """Return the data of the next event of a subscription, or of several: whichever comes first; or the ``full`` event.

    Events are given in the order in which they came, each once. Those for which ``filter`` is not true stay for another
    call. None when none came within ``timeout``.
    """
    wanted = [sources] if isinstance(sources, str) else list(sources)
    if not wanted or not all(isinstance(one, str) and one.startswith("sub_") for one in wanted):
        raise Invalid(
            "na.next_event takes what na.subscribe returned, or a list of these: "
            "orders = na.subscribe('orders'); na.next_event(orders).",
            code="subscription_invalid",
        )
    return _event_of(_ask({"kind": "next_event", "subscriptions": wanted, "filter": filter}, timeout), full)


@for_people
def signal(target: Any, name: Any = None, payload: Any = None) -> int:
    """Send a signal, and return how many sessions get it.

    ``signal(session, "approve", payload)`` sends it to one session (or its id), which takes its signals in their order
    when it asks for them. ``signal("ops:window_open", payload=…)`` sends it to whoever in this project waits for that
    name at this moment. ``payload`` is JSON, at most 256 KiB.
    """
    if name is not None and not isinstance(name, str) and payload is None:
        name, payload = None, name
    body: dict[str, Any] = {"payload": payload}
    if location.session_id() is not None:
        body["position"] = place()
    if name is None:
        from .notebook import project_name

        body.update(name=_name(target, "signal"), project=project_name())
        return int(connect().post("signals", body)["reached"])
    session_id = target if isinstance(target, str) else getattr(target, "id", None)
    if not isinstance(session_id, str) or not session_id.startswith("ses_"):
        raise Invalid(
            "na.signal takes a session or its id (ses_…), the signal's name and a payload; or a name alone, for all "
            "who wait for it.",
            code="signal_invalid",
        )
    body["name"] = _name(name, "signal")
    return int(connect().post(path_of("sessions", session_id, "signals"), body)["reached"])


def _next_signal(name: str, timeout: Duration | None) -> Record | None:
    ended = _ask({"kind": "signal", "name": _name(name, "signal")}, timeout)
    if ended["status"] == "timeout":
        return None
    return Record({"name": name, "payload": ended["payload"], "sender": ended["sender"]})


def _ask(question: dict[str, Any], timeout: Duration | None = None) -> Record:
    """Ask ``question``, block until it has its answer, and return the wait."""
    called = {"signal": "wait", "event": "wait_for_event"}.get(question["kind"], question["kind"])
    session_id = session_of(called)
    if timeout is not None:
        question["seconds"] = seconds_of(timeout, "A timeout")
    return ask(path_of("sessions", session_id, "waits"), question)


def _event_of(ended: Record, full: bool) -> Any:
    if ended["status"] == "timeout":
        return None
    event = as_event(ended["event"], "The event was deleted meanwhile.")
    return event if full else event["data"]


def _name(name: Any, what: str) -> str:
    if not isinstance(name, str) or not name.strip():
        raise Invalid(f"The {what} is named by a text: 'approve', not {name!r}.", code=f"{what}_invalid")
    return name

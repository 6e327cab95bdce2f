"""Waiting in a session: for a time, a signal or an event; a durable session waits without a process."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from . import location, position
from .client import Client, connect, path_of
from .context import as_event
from .durations import seconds_of
from .errors import Invalid, Missing, NotConnected, Refused, for_people
from .records import Record

Duration = float | timedelta | str
"""Seconds, a timedelta, or a text such as `90s` or `2 days`."""

_LOOK = 20.0
"""Seconds of one request that asks whether a wait has ended."""
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 5.0
"""Seconds between two tries to reach a server that does not answer: they grow from the first to the longest."""
_here = itertools.count()


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
    body = {"source": _name(trigger_or_event, "event"), "filter": filter, "position": _place()}
    return str(connect().post(path_of("sessions", _session("subscribe"), "subscriptions"), body)["id"])


@for_people
def unsubscribe(subscription: str) -> None:
    """Listen no more; what has come and was not asked for is dropped."""
    connect().call("DELETE", path_of("sessions", _session("unsubscribe"), "subscriptions", subscription))


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
        body["position"] = _place()
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
    session_id = _session(question["kind"])
    if position.is_durable() and threading.current_thread() is not threading.main_thread():
        raise Invalid(
            "A durable session waits in the notebook's own thread only, since its process may be given up meanwhile "
            "with all that its other threads do. Wait for several things by na.next_event([…]) or by several sessions; "
            "time.sleep pauses a thread.",
            code="wait_in_thread",
        )
    if timeout is not None:
        question["seconds"] = seconds_of(timeout, "A timeout")
    asked: Record = connect().post(path_of("sessions", session_id, "waits"), {**question, "position": _place()})
    ended = asked if asked["status"] != "open" else _ended(session_id, asked["id"])
    if ended["status"] == "cancelled":
        raise Missing(
            "What this was waiting for cannot come any more: its trigger was deleted, or the session ends.",
            code="wait_cancelled",
        )
    return ended


def _ended(session_id: str, wait_id: str) -> Record:
    """Block until a wait has ended, whatever becomes of the server meanwhile, and return it."""
    # A connection of its own: other threads go on using the common one.
    client, path, pause = Client(location.find()), path_of("sessions", session_id, "waits", wait_id), _FIRST_PAUSE
    try:
        while True:
            try:
                found: Record = client.get(path, seconds=_LOOK)
            except NotConnected:
                pass
            except Refused as refused:
                if refused.status != 503:
                    raise
            else:
                if found["status"] != "open":
                    return found
                pause = _FIRST_PAUSE
                continue
            time.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
    finally:
        client.close()


def _event_of(ended: Record, full: bool) -> Any:
    if ended["status"] == "timeout":
        return None
    event = as_event(ended["event"], "The event was deleted meanwhile.")
    return event if full else event["data"]


def _place() -> dict[str, int]:
    """Return where this call is, so that it is the same one when the cell runs again."""
    place = position.next_call("wait")
    if place is None:
        return {"cell_index": -1, "piece": 0, "nth": next(_here)}
    return {"cell_index": place.cell_index, "piece": place.piece, "nth": place.nth}


def _session(what: str) -> str:
    session_id = location.session_id()
    if session_id is None:
        called = {"signal": "wait", "event": "wait_for_event"}.get(what, what)
        raise Invalid(
            f"na.{called} needs a session, which signals and events can reach, and an open notebook is none: save the "
            "notebook and run it once, by na.start() or by Run once… in the panel. na.sleep works here.",
            code="not_in_session",
        )
    return session_id


def _name(name: Any, what: str) -> str:
    if not isinstance(name, str) or not name.strip():
        raise Invalid(f"The {what} is named by a text: 'approve', not {name!r}.", code=f"{what}_invalid")
    return name

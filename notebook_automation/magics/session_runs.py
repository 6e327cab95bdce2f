"""`%automation run`: start a trigger or a notebook, and show the session until it has ended."""

from __future__ import annotations

import argparse
import posixpath
import sys
import time
from collections.abc import Mapping
from typing import Any

from IPython.core.error import UsageError
from IPython.display import display

from notebook_automation.sdk.client import connect, path_of
from notebook_automation.sdk.errors import NotConnected
from notebook_automation.sdk.literals import assignments
from notebook_automation.sdk.notebook import home, notebook_path
from notebook_automation.sdk.sessions import ENDED
from notebook_automation.sdk.sweeps import Sweep
from notebook_automation.widgets.frontend import shows_widgets
from notebook_automation.widgets.live_session import LiveSession

from . import sweeps
from .environment_options import add_environment_options, environment_fields
from .session_card import session_card
from .triggers import trigger_path
from .unsaved import unsaved_note, wait_for_save

_POLL_SECONDS = 0.5


def run_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `run`."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="a trigger, or a file such as report.ipynb (this one)")
    parser.add_argument("-p", action="append", default=[], metavar="NAME=VALUE", help="a parameter; repeatable")
    parser.add_argument(
        "--durable", action="store_true", help="after a crash go on from the last finished cell; wait without a process"
    )
    parser.add_argument(
        "--skip-tags", action="append", default=[], metavar="TAG", help="do not run cells with this tag; repeatable"
    )
    parser.add_argument("--priority", type=int, metavar="NUMBER", help="0-100: each step counts as a minute of waiting")
    add_environment_options(parser)
    sweeps.add_sweep_options(parser)
    parser.add_argument("--wait", action="store_true", help="show it until it has ended")


class StartedSession(LiveSession):
    """A session that a line started: live where widgets are, a card elsewhere."""

    def __repr__(self) -> str:
        return repr(session_card(self.to_dict()))

    def _repr_html_(self) -> str:
        return session_card(self.to_dict())._repr_html_()


def run(shell: Any, given: argparse.Namespace) -> StartedSession | Sweep | None:
    """Start what was named and return it, or follow it to its end; a sweep too, once it is over."""
    parameters = assignments(given.p, "-p")
    _be_saved(shell)
    asked = _asked(given, parameters)
    if given.sweep:
        if asked is None:
            raise UsageError(f"A sweep runs a file: name what {given.name} runs, such as report.ipynb.")
        begun = sweeps.begin(asked, given)
        return begun.wait() if given.wait else begun
    session_id = _fire(given, parameters) if asked is None else str(connect().post("sessions", asked)["id"])
    started = StartedSession(connect().get(path_of("sessions", session_id)))
    if not given.wait:
        return started
    _follow(started)
    return None


def _be_saved(shell: Any) -> None:
    """Wait for the save of this notebook that is under way; say where it is not saved as it is here."""
    client = connect()
    try:
        path = notebook_path()
    except NotConnected:
        # A console: nothing is open that could be unsaved.
        return
    wait_for_save(client, path)
    if note := unsaved_note(shell, client, path):
        print(note, file=sys.stderr)


def _asked(given: argparse.Namespace, parameters: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what a run is asked for by; None where a trigger is named."""
    # Not at the top: what a kernel loads with the magics is nothing of the server's.
    from notebook_automation.domain.calls import split_call

    name = given.name
    if name is not None and not split_call(name)[0].lower().endswith((".ipynb", ".py")):
        return None
    # A call names a file of this project; without one, or with a path, the notebook itself says which project.
    if name is None:
        what: dict[str, Any] = {"notebook": notebook_path()}
    elif name.lower().endswith(".ipynb"):
        what = {"notebook": _beside(name)}
    else:
        what = {**home(), "call": name}
    options = {
        "is_durable": given.durable, "skip_tags": given.skip_tags, "priority": given.priority or 0,
        **environment_fields(given),
    }  # fmt: skip
    return {**what, "parameters": parameters, **options}


def _fire(given: argparse.Namespace, parameters: Mapping[str, Any]) -> str:
    """Fire the trigger that is named; return its session."""
    name = given.name
    if given.durable:
        raise UsageError(f"Whether a trigger's sessions are durable, it says itself: %trigger {name} … --durable")
    if given.skip_tags:
        raise UsageError(f"Which cells a trigger leaves out, it says itself: %trigger {name} … --skip-tags TAG")
    if any(environment_fields(given).values()):
        raise UsageError(
            f"With which kernel a trigger runs, it says itself: %trigger {name} … --kernel NAME --env A=B --memory 2GiB"
        )
    receipt = connect().post(f"{trigger_path(name)}/fire", {"parameters": parameters, "priority": given.priority})
    if not receipt["session_ids"]:
        raise UsageError(f"It fired, and nothing ran: %automation show {receipt['event_id']} says why.")
    return str(receipt["session_ids"][0])


def _beside(name: str) -> str:
    """Return the path under the Jupyter root of a notebook named from this one's folder, or from the root by `/`."""
    if name.startswith("/"):
        return name.lstrip("/")
    return posixpath.normpath(posixpath.join(posixpath.dirname(notebook_path()), name))


def _follow(session: StartedSession) -> None:
    """Show a session until it has ended. An interrupt stops the showing, not the session."""
    try:
        if shows_widgets():
            display(session)  # type: ignore[no-untyped-call]
            session.wait()
            session.widget().refresh()
        else:
            _follow_by_cards(session)
    except KeyboardInterrupt:
        raise UsageError(f"The session goes on: %automation cancel {session.id} ends it.") from None
    if session.status != "completed":
        raise UsageError(f"Session {session.id} ended as {session.status}: %automation show {session.id} says why.")


def _follow_by_cards(session: StartedSession) -> None:
    shown: Any = None
    last: object = None
    while True:
        now = session.refresh().to_dict()
        state = (now["status"], now.get("current_cell"), now.get("progress"))
        if state != last:
            card = session_card(now)
            if shown is None:
                shown = display(card, display_id=True)  # type: ignore[no-untyped-call]
            else:
                shown.update(card)
            last = state
        if now["status"] in ENDED:
            return
        time.sleep(_POLL_SECONDS)

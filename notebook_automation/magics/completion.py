"""Tab completion of the magics: commands, options, and the names that the server knows."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any
from zoneinfo import available_timezones

from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher

from notebook_automation.sdk import location
from notebook_automation.sdk.client import Client
from notebook_automation.sdk.errors import SdkError

from .automation import COMMANDS, options_of
from .listings import KINDS
from .manifests import cell_options as manifest_options
from .options import Options
from .registration import cell_options, line_options

_PATIENCE = 1.0
"""Seconds that a completion waits for the server."""
_FRESH = 5.0
"""Seconds for which names are not asked for again."""

_KEYS = ("%trigger", "%%trigger", "%automation", "%%automation")
_VALUES = {
    "--report": ("html",),
    "--catch-up": ("skip", "once", "all"),
    "--status": ("running", "failed", "completed", "waiting", "cancelled", "timeout", "abandoned", "scheduled"),
}
_known: dict[str, tuple[float, list[str]]] = {}


def register(shell: Any) -> None:
    """Let this shell complete our magics."""
    unregister(shell)
    shell.Completer.custom_matchers.append(_matcher)


def unregister(shell: Any) -> None:
    """Take our completions away."""
    shell.Completer.custom_matchers[:] = [each for each in shell.Completer.custom_matchers if each is not _matcher]


@context_matcher()  # type: ignore[untyped-decorator]
def _matcher(context: CompletionContext) -> dict[str, Any]:
    """Return what may stand at the cursor in a line of ours, and keep Jedi out of it: it would read it as Python."""
    line = context.text_until_cursor.rpartition("\n")[2].lstrip()
    words = line.split()
    if not words or words[0] not in _KEYS or line == words[0]:
        return {"completions": []}
    typed = context.token
    before = line[: len(line) - len(typed)].split()
    fitting = sorted({word for word in _candidates(before, typed) if word.startswith(typed)})
    # Without anything to say, the others may: a file's name is completed by IPython.
    return {
        "completions": [SimpleCompletion(text=word) for word in fitting],
        "suppress": bool(fitting),
        "ordered": True,
    }


def _candidates(before: list[str], typed: str) -> Iterable[str]:
    if not before:
        return ()
    magic, said = before[0], before[1:]
    if magic == "%%automation":
        return manifest_options().names()
    if magic in ("%trigger", "%%trigger"):
        options = line_options() if magic == "%trigger" else cell_options()
        return _names_of("triggers") if not said else _of_options(options, said, typed)
    if not said:
        return COMMANDS
    command = COMMANDS.get(said[0])
    if command is None:
        return ()
    if typed.startswith("-") or said[-1] in (*_VALUES, "--tz", "--trigger", "--project"):
        return _of_options(options_of(said[0]), said, typed)
    return _names_of(command.names)


def _of_options(options: Options, said: list[str], typed: str) -> Iterable[str]:
    last = said[-1] if said else ""
    if last in _VALUES:
        return _VALUES[last]
    if last == "--tz":
        return available_timezones()
    if last == "--trigger":
        return _names_of("triggers")
    if last == "--project":
        return _names_of("projects")
    return options.names()


def _names_of(what: str) -> list[str]:
    """Return the names that the server knows; none when it cannot be asked, or not in time."""
    if what == "kinds":
        return list(KINDS)
    if not what:
        return []
    asked, names = _known.get(what, (float("-inf"), []))
    if time.monotonic() - asked < _FRESH:
        return names
    try:
        names = list(_asked(what))
    except SdkError:
        names = []
    _known[what] = (time.monotonic(), names)
    return names


def _asked(what: str) -> Iterable[str]:
    # A connection of its own: a completion must neither wait for a long request nor hold one up.
    client = Client(location.find(), timeout=_PATIENCE)
    try:
        if what == "triggers":
            for trigger in client.get("triggers", limit=200)["items"]:
                yield from (trigger["name"], trigger["ref"])
        elif what == "running":
            for session in client.get("sessions", limit=50, status="requested,scheduling,scheduled,running,waiting")[
                "items"
            ]:
                yield session["id"]
        elif what == "events":
            for event in client.get("events", limit=20)["items"]:
                yield event["id"]
        else:
            for project in client.get(what, limit=200)["items"]:
                yield project["name"]
    finally:
        client.close()

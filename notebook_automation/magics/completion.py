"""Tab completion of the magics: commands, options, and the names that the server knows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from zoneinfo import available_timezones

from IPython.core.completer import CompletionContext, SimpleCompletion, context_matcher

from notebook_automation.sdk import location
from notebook_automation.sdk.client import Client
from notebook_automation.sdk.errors import SdkError

from .automation import COMMANDS, options_of
from .definition_options import cell_options, line_options
from .manifests import cell_options as manifest_options
from .noun import NamesOf
from .options import Options
from .triggers import trigger_names

_TIMEOUT = 1.0
"""Seconds that a completion waits for the server."""
_FRESH = 5.0
"""Seconds for which names are not asked for again."""

_MAGICS = ("%trigger", "%%trigger", "%automation", "%%automation")
_STATUSES = ("running", "failed", "completed", "waiting", "cancelled", "timeout", "abandoned", "scheduled")


def project_names(client: Client) -> Iterator[str]:
    """Yield the names of the projects."""
    for project in client.get("projects", limit=200)["items"]:
        yield project["name"]


_VALUES: dict[str, Callable[[], Iterable[str]]] = {
    "--status": lambda: _STATUSES,
    "--tz": available_timezones,
    "--trigger": lambda: _known_names(trigger_names),
    "--rule-of": lambda: _known_names(trigger_names),
    "--project": lambda: _known_names(project_names),
}
"""What follows an option whose values the option itself does not list."""
_asked: dict[NamesOf, tuple[float, list[str]]] = {}
"""What the server answered, and when."""


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
    if not words or words[0] not in _MAGICS or line == words[0]:
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
    """Return what may follow the words ``before``; ``typed`` is the beginning of the word at the cursor."""
    if not before:
        return ()
    magic, words = before[0], before[1:]
    if magic == "%%automation":
        return manifest_options().names()
    if magic in ("%trigger", "%%trigger"):
        options = line_options() if magic == "%trigger" else cell_options()
        return _of_options(options, words[-1]) if words else _known_names(trigger_names)
    if not words:
        return COMMANDS
    command = COMMANDS.get(words[0])
    if command is None:
        return ()
    options = options_of(words[0])
    if typed.startswith("-") or _takes_listed_value(options, words[-1]):
        return _of_options(options, words[-1])
    return options.choices_of("") or _known_names(command.names)


def _takes_listed_value(options: Options, word: str) -> bool:
    return word.startswith("-") and bool(word in _VALUES or options.choices_of(word))


def _of_options(options: Options, last: str) -> Iterable[str]:
    """Return the values of the option ``last``, else the options."""
    if last in _VALUES:
        return _VALUES[last]()
    return (options.choices_of(last) if last.startswith("-") else ()) or options.names()


def _known_names(names_of: NamesOf | None) -> list[str]:
    """Return the names that the server knows; none when it cannot be asked, or not in time."""
    if names_of is None:
        return []
    at, names = _asked.get(names_of, (float("-inf"), []))
    if time.monotonic() - at < _FRESH:
        return names
    try:
        names = _ask(names_of)
    except SdkError:
        names = []
    _asked[names_of] = (time.monotonic(), names)
    return names


def _ask(names_of: NamesOf) -> list[str]:
    # A connection of its own: a completion must neither wait for a long request nor hold one up.
    client = Client(location.find(), timeout=_TIMEOUT)
    try:
        return list(names_of(client))
    finally:
        client.close()

"""`%automation COMMAND …`: see and steer what runs by itself; `%%automation` applies a manifest."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import no_var_expand

from notebook_automation.sdk import location

from . import backfills, listings, manifests, policies, sweeps, undo, variables, why
from .noun import Command
from .nouns import NOUNS
from .options import Options, help_text, one_sentence, split_header, words_of

COMMANDS: dict[str, Command] = {
    **listings.COMMANDS,
    **{name: command for noun in NOUNS for name, command in noun.commands.items()},
    **variables.COMMANDS,
    **policies.COMMANDS,
    **undo.COMMANDS,
    **why.COMMANDS,
    **backfills.COMMANDS,
    **sweeps.COMMANDS,
    **manifests.COMMANDS,
}


def automation_magic(shell: Any) -> Callable[..., Any]:
    """Return the magic for this shell: `%automation` without a cell, `%%automation` with one."""

    def automation(line: str, cell: str | None = None) -> Any:
        __tracebackhide__ = True
        if location.session_id():
            # These lines are for the person at the notebook; a run of it must not change what runs.
            print("%automation does nothing in a session.")
            return None
        if cell is not None:
            line, manifest = split_header(line, cell)
            return manifests.apply_cell(line, manifest)
        return _run(shell, words_of(line))

    automation.__doc__ = f"{_overview()}\n\n{manifests.cell_options().format_help()}"
    magic: Callable[..., Any] = no_var_expand(one_sentence(automation))
    return magic


def options_of(name: str) -> Options:
    """Return the options of the command ``name``."""
    command = COMMANDS[name]
    options = Options(f"%automation {name}", example=command.example, description=command.summary)
    command.arguments(options)
    return options


def _run(shell: Any, words: list[str]) -> Any:
    __tracebackhide__ = True
    if not words or words[0] in ("-h", "--help", "help"):
        return help_text(_overview())
    name = words[0]
    if name not in COMMANDS:
        close = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(COMMANDS)}."
        raise UsageError(f"There is no command {name!r}: {hint}")
    options = options_of(name)
    given = options.read(words[1:])
    return help_text(options.format_help()) if given.help else COMMANDS[name].act(shell, given)


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {command.summary}" for name, command in COMMANDS.items()]
    return "\n".join(["%automation COMMAND …   (%automation COMMAND --help tells its options)", *lines])

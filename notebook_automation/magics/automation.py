"""`%automation COMMAND …`: see and steer what runs by itself; `%%automation` applies a manifest."""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import no_var_expand

from notebook_automation.sdk import location

from . import commands, events, listings, manifests, sessions
from .markup import Shown, tag
from .options import Options, one_sentence, split_header, words_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """``arguments`` adds its options; ``act`` takes the shell and what was said; ``names`` is what it names."""

    summary: str
    example: str
    arguments: Callable[[argparse.ArgumentParser], None]
    act: Callable[[Any, argparse.Namespace], Any]
    names: str = ""


COMMANDS: dict[str, Command] = {
    "list": Command(
        summary="what there is: triggers, sessions, artifacts or events",
        example="%automation list sessions --status failed",
        arguments=listings.list_arguments,
        act=listings.list_things,
        names="kinds",
    ),
    "show": Command(
        summary="one trigger, session (ses_…) or event (evt_…): why it ran, or not",
        example="%automation show nightly",
        arguments=listings.show_arguments,
        act=listings.show,
        names="triggers",
    ),
    "status": Command(
        summary="whether the engine runs, and how much",
        example="%automation status",
        arguments=lambda parser: None,
        act=listings.show_status,
    ),
    "run": Command(
        summary="start a trigger or a notebook now (without a name: this one)",
        example="%automation run nightly -p region=emea --wait",
        arguments=sessions.run_arguments,
        act=sessions.run,
        names="triggers",
    ),
    "logs": Command(
        summary="what a session said, or a trigger's last one",
        example="%automation logs nightly --follow",
        arguments=sessions.logs_arguments,
        act=sessions.logs,
        names="triggers",
    ),
    "cancel": Command(
        summary="end sessions that run",
        example="%automation cancel ses_…",
        arguments=sessions.cancel_arguments,
        act=sessions.cancel,
        names="running",
    ),
    "enable": Command(
        summary="let triggers fire",
        example="%automation enable nightly",
        arguments=commands.names_arguments,
        act=commands.enable,
        names="triggers",
    ),
    "disable": Command(
        summary="stop triggers from firing, and keep them",
        example="%automation disable nightly",
        arguments=commands.names_arguments,
        act=commands.disable,
        names="triggers",
    ),
    "delete": Command(
        summary="delete triggers; their sessions and artifacts stay",
        example="%automation delete nightly",
        arguments=commands.names_arguments,
        act=commands.delete,
        names="triggers",
    ),
    "replay": Command(
        summary="let a recorded event happen again, or look at it here with --here",
        example="%automation replay evt_… --here",
        arguments=events.replay_arguments,
        act=events.replay,
        names="events",
    ),
    "test": Command(
        summary="run a handler of this kernel for a JSON file or a recorded event",
        example="%automation test orders sample.json",
        arguments=events.test_arguments,
        act=events.test,
        names="triggers",
    ),
    "export": Command(
        summary="this project's triggers as a manifest",
        example="%automation export --output automation.yaml",
        arguments=manifests.export_arguments,
        act=manifests.export,
    ),
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
        return _text(_overview())
    name = words[0]
    if name not in COMMANDS:
        close = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(COMMANDS)}."
        raise UsageError(f"There is no command {name!r}: {hint}")
    options = options_of(name)
    said = options.read(words[1:])
    return _text(options.format_help()) if said.help else COMMANDS[name].act(shell, said)


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {command.summary}" for name, command in COMMANDS.items()]
    return "\n".join(["%automation COMMAND …   (%automation COMMAND --help tells its options)", *lines])


def _text(text: str) -> Shown:
    return Shown(tag("pre", text), text)

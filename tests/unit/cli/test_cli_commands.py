"""The commands as a whole: each is there, is imported only when it is asked for, and has a form for machines."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import Result

import notebook_automation.cli as package
from notebook_automation.cli import COMMANDS, cli

Run = Callable[..., Result]


def leaves(command: click.Command, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the words of every command that does something."""
    if not isinstance(command, click.Group):
        yield words
        return
    context = click.Context(command)
    for name in command.list_commands(context):
        below = command.get_command(context, name)
        assert below is not None, name
        yield from leaves(below, (*words, name))


def commands(command: click.Command) -> Iterator[click.Command]:
    """Yield a command and all below it."""
    yield command
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None, name
            yield from commands(below)


@pytest.mark.parametrize("words", list(leaves(cli)), ids=" ".join)
def test_a_command_has_a_form_for_machines(run: Run, words: tuple[str, ...]) -> None:
    assert "--json" in run(*words, "--help").stdout


def test_every_group_or_command_of_a_module_is_listed() -> None:
    folder = Path(package.__file__).parent
    with_commands = {file.stem for file in folder.glob("*.py") if "\n@click." in file.read_text(encoding="utf-8")}
    # One whose commands are in the group of another is none of its own.
    reached = {command.callback.__module__.rpartition(".")[2] for command in commands(cli) if command.callback}
    assert with_commands - {"__init__"} == (reached - {"cli"}) | set(COMMANDS.values())
    assert set(COMMANDS.values()) <= with_commands


def test_help_lists_every_command(run: Run) -> None:
    listed = run("--help").stdout.partition("Commands:\n")[2]
    assert [line.split()[0] for line in listed.split("\n\n")[0].splitlines()] == sorted(COMMANDS)


def test_a_command_that_there_is_not_is_refused(run: Run) -> None:
    result = run("nothing")
    assert result.exit_code == 2
    assert "No such command 'nothing'" in result.stderr


def test_a_command_imports_none_of_the_others() -> None:
    probe = "import sys\nfrom notebook_automation.cli import cli\ncli(['serve', '--help'], standalone_mode=False)\n"
    ran = subprocess.run(
        [sys.executable, "-c", f"{probe}print(*sys.modules)"], capture_output=True, text=True, check=True
    )
    loaded = {name.rpartition(".")[2] for name in ran.stdout.split() if name.startswith("notebook_automation.cli.")}
    assert "serve" in loaded
    assert not {"sessions", "triggers", "artifacts", "doctor", "projects", "events"} & loaded

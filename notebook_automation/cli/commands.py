"""The group of all commands: each is imported when it is first asked for, and its errors become a `Failure`."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from .errors import as_failures


class LazyCommands(click.Group):
    """A group whose commands are named in ``modules``: a command's name, and the module of this package with it.

    The module has the command as an attribute of the same name. So `run` does not wait for what `doctor` imports.
    """

    def __init__(self, *args: Any, modules: Mapping[str, str], **more: Any) -> None:
        super().__init__(*args, **more)
        self._modules = modules

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(self._modules)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._modules:
            return None
        module = import_module(f".{self._modules[cmd_name]}", __package__)
        command: click.Command = getattr(module, cmd_name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        with as_failures(ctx):
            return super().invoke(ctx)

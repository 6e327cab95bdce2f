"""Hands what a set-up has made over to the children: its shell, its streams, the files that it left open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ipykernel.zmqshell import ZMQInteractiveShell

from .process_state import File, open_again

if TYPE_CHECKING:
    from .recording import Streams


@dataclass
class _HandedOver:
    """What the children find: the shell and its streams, the set-up's folders, and the files it left open."""

    shell: Any
    streams: Streams
    folders: list[str]
    files: list[File]


_made: list[_HandedOver] = []
"""At most one."""


def hand_over(shell: Any, streams: Streams, folders: list[str], files: list[File]) -> None:
    """Let the children of this process take the shell; `files` are those that each opens again for itself."""
    _made.append(_HandedOver(shell, streams, folders, files))


def is_there() -> bool:
    """Whether a set-up has run here, so that start-up code must not run again."""
    return bool(_made)


def open_own_files() -> None:
    """In a child, before anything is read: positions in files are its own from here on."""
    for made in _made:
        open_again(made.files)


def adopt(kernel: Any, out: Any, err: Any) -> None:
    """Make the shell the kernel's own, which has found it as the one instance there may be."""
    for made in _made:
        made.shell.__class__ = ZMQInteractiveShell
        made.shell.parent = made.shell.kernel = kernel
        made.streams.lead_to(out, err)


def forget_folders(path: list[str]) -> None:
    """Search the session's own folders, no longer those of the set-up."""
    for made in _made:
        path[:] = [folder for folder in path if folder not in made.folders]


def before_first_cell(shell: Any, function: Callable[[], None]) -> None:
    """Call the function when the kernel has done all that it does by itself."""

    def once(*_: Any) -> None:
        shell.events.unregister("pre_run_cell", once)
        function()

    shell.events.register("pre_run_cell", once)

"""A session's checkpoints, asked for from outside of the kernel: `begin` once, then `save` after each piece.

What stands in the folder is the answer: ``<number>.json`` appears when the state after piece ``number`` is saved, or
says why it could not be saved. Nothing of this appears in the notebook's namespace.
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from IPython import get_ipython

from .lifeline import Lifeline
from .session_saver import SessionSaver


class _Kernel:
    saver: SessionSaver | None = None


def begin(folder: str, project: str, lifeline: str = "") -> None:
    """Get ready before the first cell; checkpoints go to ``folder``, the notebook's modules lie in ``project``.

    ``lifeline`` is a named pipe that whoever waits for the records keeps open for writing: what is being saved when the
    kernel dies is then saved all the same, by a process of the pipe's name, and ``<number>.saving`` is locked (flock)
    meanwhile. Without it, or where it cannot be opened, saving ends with the kernel.
    """
    shell = get_ipython()
    if shell is None:
        raise RuntimeError("Checkpoints are made in a kernel: this process has no IPython shell.")
    held = None
    if lifeline:
        with contextlib.suppress(OSError):
            held = Lifeline(Path(lifeline))
    _Kernel.saver = SessionSaver(shell, Path(folder), project, held)


def save(number: int, source: str, tags: list[str]) -> None:
    """Start saving the state after piece ``number``, whose ``source`` has just run.

    Its record ``<number>.json`` stands in the folder when all is there, to be taken over (nothing is synced):
    ``number``, ``manifest`` (`Manifest.to_json`), ``digest`` (`manifest_digest`), ``blobs`` ({digest: bytes} written
    for it; it also needs what earlier ones have written), ``bytes`` (their sum), ``seconds`` (that saving took),
    ``held`` (seconds that the kernel was held), ``how`` ("forked", or "in place" with ``why``), ``names``
    (`described`), ``obstacle`` ('' where it can be resumed). Where it cannot be saved the record has ``number`` and
    ``error``, a sentence. Records come in the order of calls. Blobs may be taken away once a record tells of them.
    Raises OSError where not even a record can be written.
    """
    _begun().save(number, source, tags)


def restore(number: int) -> None:
    """Make the state what it was after piece ``number``, in a kernel that has run nothing since `begin`.

    Raises NotResumable, with words; the kernel is not to be used then.
    """
    _begun().restore(number)


def rehearse(number: int) -> None:
    """Try whether piece ``number`` can be restored, in a kernel that is thrown away afterwards.

    Unlike `restore` it runs no cell again, and opens no file for writing. Raises NotResumable.
    """
    _begun().rehearse(number)


def _begun() -> SessionSaver:
    if _Kernel.saver is None:
        raise RuntimeError("Call begin(folder, project) first.")
    return _Kernel.saver

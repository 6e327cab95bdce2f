"""Puts an executed notebook together with its journal, in a process of its own: both may be a session's forgery."""

from __future__ import annotations

import logging
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from .hostile_files import open_regular, read_regular
from .journal import journal_name
from .writer import folded

_log = logging.getLogger(__name__)
MOST_BYTES = 512 * 1024 * 1024
"""Of the notebook, and of its journal, that are read."""
MEMORY = 4 * 1024 * 1024 * 1024
"""Bytes of addresses that the process may use."""
SECONDS = 60.0
ROLE = "recover"


def recovered_notebook(command: Sequence[str], folder: Path, name: str) -> BinaryIO:
    """Return the notebook ``name`` in ``folder`` with what its journal adds, as a file to read.

    ``command`` starts `main` with the arguments that follow. Where that fails, it is the notebook as it is. Blocks, at
    most `SECONDS`; raises OSError where there is none that can be read.
    """
    open_regular(folder, name).close()
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    try:
        subprocess.run(
            [*command, ROLE, str(folder), name], stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.PIPE,
            timeout=SECONDS, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        file.close()
        _log.warning("%s in %s could not be put together with its journal: %s", name, folder, error)
        return open_regular(folder, name)
    file.seek(0)
    return file


def main(folder: str, name: str) -> int:
    """Write the notebook to stdout; return the exit code."""
    _limit_memory()
    content = read_regular(Path(folder), name, MOST_BYTES)
    try:
        journal = read_regular(Path(folder), journal_name(name), MOST_BYTES)
    except FileNotFoundError:
        journal = b""
    sys.stdout.buffer.write(folded(content, journal) or content)
    return 0


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:
        # Not on Windows: what is read is bounded all the same.
        return
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))

"""The process that makes one PDF: reads a notebook from stdin, writes the PDF to stdout, or why there is none."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

_MOST_SECONDS = 300
"""Of processors, should nobody be there any more who ends it."""
_MOST_MEMORY = 4 * 2**30
"""Bytes: a picture that is small as a file can be endless when it is unpacked."""


def main() -> int:
    """Make the PDF that stdin asks for; return the exit code."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
    _limit()
    asked = json.load(sys.stdin.buffer)
    with tempfile.TemporaryDirectory(prefix="notebook-automation-pdf-") as made:
        try:
            pdf = _pdf(asked, Path(made))
        except Exception as error:  # noqa: BLE001 - whatever it is, somebody reads why there is no PDF
            sys.stderr.write(f"{type(error).__name__}: {error}\n".replace("\n", " ")[:2000])
            return 1
    sys.stdout.buffer.write(pdf)
    return 0


def _pdf(asked: dict[str, Any], folder: Path) -> bytes:
    from notebook_automation.execution.pdf.compiling import compiled
    from notebook_automation.execution.pdf.document import document_of
    from notebook_automation.execution.pdf.pictures import Pictures

    images = Path(asked["folder"]) if asked["folder"] is not None else None
    pictures = Pictures(folder, images, asked["beside"])
    document = document_of(asked["notebook"], asked["title"], pictures, hides_code=asked["hides_code"])
    return compiled(document, folder)


def _limit() -> None:
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (_MOST_SECONDS, _MOST_SECONDS))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):
        # Windows, or a limit of the machine that is lower already.
        return


if __name__ == "__main__":
    sys.exit(main())

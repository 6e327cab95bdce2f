"""Starts the process that makes a PDF, and waits for it no longer than is sensible."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

_CHILD = Path(__file__).with_name("process.py")
_SECONDS = 120.0
"""The longest that a PDF is worked at: one of 300 cells takes a few seconds."""
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "XDG_DATA_HOME")
_LONGEST_REASON = 500


class PdfFailed(Exception):
    """There is no PDF; the text says why, and what to do."""


def pdf_report(
    nb: NotebookNode, title: str, folder: Path | None = None, beside: str = "", *,
    hides_code: bool = False, seconds: float = _SECONDS,
) -> bytes:  # fmt: skip
    """Return ``nb`` as a PDF; what is tagged or collapsed is left out as in the HTML report.

    Images of its texts are taken from ``folder``, the notebook lying in its folder ``beside``. It is given up after
    ``seconds``. Call it in a thread: it waits for a process. Raises PdfFailed.
    """
    if importlib.util.find_spec("typst") is None:
        raise PdfFailed("it needs Typst: pip install 'notebook-automation[pdf]'.")
    asked = {
        "notebook": nb, "title": title, "folder": None if folder is None else str(folder), "beside": beside,
        "hides_code": hides_code,
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-P", str(_CHILD)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={name: os.environ[name] for name in _KEPT if name in os.environ}, start_new_session=True,
    )  # fmt: skip
    try:
        made, said = process.communicate(json.dumps(asked).encode("utf-8", "replace"), timeout=seconds)
    except subprocess.TimeoutExpired:
        raise PdfFailed(f"it was not ready within {seconds:.0f} s; the notebook is too much for one.") from None
    finally:
        _end(process)
    if process.returncode or not made.startswith(b"%PDF"):
        raise PdfFailed(_reason(process.returncode, said))
    return made


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
        process.communicate()


def _reason(code: int, said: bytes) -> str:
    last = said.decode("utf-8", "replace").strip().splitlines()
    if last:
        return last[-1][:_LONGEST_REASON]
    if code < 0:
        return f"its process was ended by {signal.Signals(-code).name}: the notebook is too much for one."
    return f"its process ended with code {code}."

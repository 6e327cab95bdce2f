"""Saves a notebook while it runs: crash-safe, at a cost per cell that does not grow with the notebook."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from .journal import Journal, fingerprint, fold, journal_path
from .serialise import cell_text, notebook_text

FULL_SAVE_SECONDS = 2.0
FULL_SAVE_SHARE = 0.05
JOURNAL_SECONDS = 0.25


class NotebookWriter:
    """Keeps the file at ``path`` a valid notebook, replaced as a whole, and a journal beside it that is up to date.

    `cell_changed` writes only that cell, to the journal. From time to time the whole file is written again from the
    texts of its cells, of which only the changed ones are made anew: not before ``every`` seconds, and not before
    twenty times (1 / ``share``) the time that the last full save took, so that full saves take at most ``share`` of
    the run. `close` writes the bytes of `nbformat.writes` and removes the journal. When the process is killed,
    `recover` puts file and journal together.

    Adding or removing cells needs a `flush`. The folder must exist and be writable.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        nb: NotebookNode,
        *,
        every: float = FULL_SAVE_SECONDS,
        share: float = FULL_SAVE_SHARE,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = Path(os.path.realpath(path))
        self.nb = nb
        self._every = every
        self._share = share
        self._clock = clock
        self._texts: list[str | None] = []
        self._journal: Journal | None = None
        self._mark: str | None = None
        self._next_full = 0.0
        self._next_output = 0.0
        self._closed = False
        self._is_paused = False
        self._put_off: Callable[[], None] | None = None

    def pause(self) -> None:
        """Write nothing until `resume`: the folder is about to be moved."""
        self._is_paused = True

    def resume(self) -> None:
        """The folder is back: write what would have been written meanwhile. Raises OSError."""
        self._is_paused = False
        put_off, self._put_off = self._put_off, None
        if put_off is not None:
            self._texts = []
            put_off()

    def replace_notebook(self, nb: NotebookNode) -> None:
        """Save ``nb`` from now on; where its cells are others, at the next `flush`."""
        self.nb = nb

    def cell_changed(self, index: int) -> None:
        """Save this cell as it is now."""
        if self._closed or self._is_later(self.flush):
            return
        if self._journal is None or index >= len(self._texts):
            self.flush()
            return
        begun = self._clock()
        self._texts[index] = None
        self._journal.cell(index, self.nb.cells[index])
        if begun >= self._next_full:
            self.flush()
        now = self._clock()
        self._next_output = now + max(JOURNAL_SECONDS, (now - begun) / self._share)

    def mark(self, index: int, mark: str) -> None:
        """Save this cell as it is now, and put ``mark`` behind it into the journal, for whoever waits for that."""
        self._mark = mark
        self.cell_changed(index)
        if self._journal is not None and not self._is_paused:
            self._journal.mark(mark)

    def output_due_in(self) -> float:
        """Seconds until a cell whose output grows should be saved again: as full saves, these take at most ``share``
        of the run."""
        return max(0.0, self._next_output - self._clock())

    def metadata_changed(self) -> None:
        """Save the notebook's own metadata."""
        if self._is_later(self.flush):
            return
        if self._journal is not None:
            self._journal.metadata(self.nb.metadata)

    def flush(self) -> None:
        """Write the whole notebook now."""
        if self._is_later(self.flush):
            return
        begun = self._clock()
        content = self._content()
        temporary = _write_beside(self.path, content)
        os.replace(temporary, self.path)
        # for an instant the old journal stands beside the new file: it does not fit it, so nothing is folded twice
        if self._journal is not None:
            self._journal.close(remove=False)
        self._journal = Journal(self.path, fingerprint(content))
        if self._mark is not None:
            self._journal.mark(self._mark)
        cost = self._clock() - begun
        self._next_full = begun + cost + max(self._every, cost / self._share)

    def close(self) -> None:
        """Write the notebook for good; the file is then what `nbformat.writes` gives, and the journal is gone."""
        if self._closed or self._is_later(self.close):
            return
        self._texts = [None] * len(self.nb.cells)
        os.replace(_write_beside(self.path, self._content()), self.path)
        self._closed = True
        if self._journal is not None:
            self._journal.close(remove=True)
            self._journal = None

    def _is_later(self, write: Callable[[], None]) -> bool:
        """Whether to ``write`` is put off until `resume`: a file that was closed is not opened again by what came
        before."""
        if self._is_paused and self._put_off != self.close:
            self._put_off = write
        return self._is_paused

    def _content(self) -> bytes:
        cells = self.nb.cells
        if len(self._texts) != len(cells):
            self._texts = [None] * len(cells)
        texts = []
        for index, cell in enumerate(cells):
            text = self._texts[index]
            if text is None:
                text = self._texts[index] = cell_text(cell)
            texts.append(text)
        return _encoded(notebook_text(self.nb, texts))


def recover(path: str | os.PathLike[str]) -> bool:
    """Put the notebook at ``path`` together with what a killed writer left in its journal; was there anything?

    Does nothing to a notebook that was closed. Raises `FileNotFoundError` where neither is there.
    """
    file = Path(os.path.realpath(path))
    journal = journal_path(file)
    content = file.read_bytes()
    if not journal.exists():
        return False
    whole = folded(content, journal.read_bytes())
    if whole is not None:
        os.replace(_write_beside(file, whole), file)
    journal.unlink()
    return whole is not None


def folded(content: bytes, journal: bytes) -> bytes | None:
    """Return the notebook of ``content`` with what ``journal`` adds; None where that is nothing.

    Raises what nbformat stumbles over where either was forged.
    """
    if not journal:
        return None
    nb = nbformat.reads(content.decode("utf-8"), as_version=nbformat.NO_CONVERT)
    if not fold(nb, content, journal):
        return None
    return _encoded(nbformat.writes(nbformat.from_dict(nb)))


def notebook_bytes(nb: NotebookNode) -> bytes:
    """Return ``nb`` as it is saved."""
    return _encoded(nbformat.writes(nb))


def _encoded(text: str) -> bytes:
    """UTF-8; a lone surrogate (a kernel may print one) becomes its JSON escape, which says the same."""
    return text.encode("utf-8", "backslashreplace")


def _write_beside(path: Path, content: bytes) -> Path:
    """A file in the same folder, ready to take the place of ``path``, with its permissions."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    with open(temporary, "wb") as file:
        file.write(content)
    try:
        mode = os.stat(path).st_mode & 0o7777
    except FileNotFoundError:
        return temporary
    os.chmod(temporary, mode)
    return temporary

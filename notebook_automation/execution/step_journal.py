"""A session's journal of steps, from outside of its kernel: what is new in it, and what an attempt finds there.

`notebook_automation.sdk.step_journal` writes it, and says what its lines are. The session's code can write there as
well: what is read is bounded and checked, and never unpickled.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from notebook_automation.domain.masking import Masker
from notebook_automation.domain.steps import NAME_LENGTH, Step, StepPlace, is_news, masked, merged

from .hostile_files import open_regular, read_regular

FILE = "steps.jsonl"
FOLDER = "steps"
LONGEST_LINE = 1024 * 1024
"""Bytes; a larger result lies in a file of its own."""
MOST_AT_ONCE = 32 * 1024 * 1024
"""Bytes that are read at once: what is beyond comes the next time."""
MOST_STEPS = 100_000
"""Steps of a session that are looked at."""
LARGEST_RESULT = 512 * 1024 * 1024
"""Bytes of a result in a file of its own."""
_LONGEST_TEXT = 20_000
_NEVER = 1e12
_MOST_NUMBER = 2**31 - 1

_decoder = msgspec.json.Decoder(Step)


class StepJournal:
    """The journal in a session's ``folder``; ``known`` is what the database has of the session's steps.

    What is returned is without secrets, by ``masker``.

    Before the kernel of an attempt starts, and while no other runs: `prepare`. Then `read` as often as something may
    be new, and a last time when the kernel has ended.
    """

    def __init__(self, folder: Path, known: Iterable[Step] = (), masker: Masker | None = None) -> None:
        self._folder = folder
        self._masker = masker or Masker()
        self._known: dict[StepPlace, Step] = merged(known)
        self._offset = 0

    def prepare(self, content: Callable[[str], bytes | None] = lambda digest: None) -> list[Step]:
        """Write anew what the journal and the database say together; return what the database does not know yet.

        The session may have run on another machine since: then the database has more; or its last lines did not get
        there: then the journal has. ``content`` gives the large results that are not here, by their digest. Raises
        OSError.
        """
        fresh = self.read()
        for digest in {step.content for step in self._known.values() if step.content is not None}:
            try:
                self.content(digest)
            except OSError:
                if (large := content(digest)) is not None:
                    _write_new(self._large_results() / digest, large)
        ordered = sorted(self._known.values(), key=lambda step: step.started_at)
        journal = b"".join(msgspec.json.encode(step) + b"\n" for step in ordered)
        _write_new(self._folder / FILE, journal)
        self._offset = len(journal)
        return fresh

    def __repr__(self) -> str:
        return f"<journal of steps in {self._folder}>"

    @property
    def has_grown(self) -> bool:
        """Whether something was written since it was read."""
        with contextlib.suppress(OSError):
            return os.lstat(self._folder / FILE).st_size > self._offset
        return False

    def read(self) -> list[Step]:
        """Return the steps that are new, or further than they were when this was called last, in the file's order.

        Cheap where nothing is new. A journal that cannot be read, or has become shorter, has nothing new.
        """
        if not self.has_grown:
            return []
        try:
            with open_regular(self._folder, FILE) as file:
                file.seek(self._offset)
                content = file.read(MOST_AT_ONCE)
        except OSError:
            return []
        return self._taken(content)

    def content(self, digest: str) -> bytes:
        """Return the large result with this digest. Raises OSError: it is not there, too large, or was changed."""
        if not digest.isalnum():
            raise OSError(errno.EINVAL, "is no digest", digest)
        found = read_regular(self._folder, f"{FOLDER}/{digest}", LARGEST_RESULT)
        if hashlib.blake2b(found, digest_size=len(digest) // 2).hexdigest() != digest:
            raise OSError(errno.EIO, "was changed on disk", digest)
        return found

    def _large_results(self) -> Path:
        folder = self._folder / FOLDER
        if folder.is_symlink():
            # The session's code left it, and what is written there would be written elsewhere.
            folder.unlink()
        folder.mkdir(mode=0o700, exist_ok=True)
        return folder

    def _taken(self, content: bytes) -> list[Step]:
        end = content.rfind(b"\n") + 1
        if not end and len(content) >= MOST_AT_ONCE:
            # No line of ours is so long.
            end = len(content)
        self._offset += end
        fresh: dict[StepPlace, Step] = {}
        for line in content[:end].splitlines():
            step = _step_of(line)
            if step is None or not is_news(step, self._known.get(step.place)):
                continue
            if step.place in self._known or len(self._known) < MOST_STEPS:
                self._known[step.place] = fresh[step.place] = masked(step, self._masker)
        return list(fresh.values())


def _step_of(line: bytes) -> Step | None:
    """Return the step of a line; None for what is none, or is not as the kernel's side writes it."""
    if len(line) > LONGEST_LINE:
        return None
    try:
        step = _decoder.decode(line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    hashes = [step.fingerprint, step.idempotency_key, *([] if step.content is None else [step.content])]
    texts = [step.shown or "", *(step.error or {}).values()]
    numbers = (step.cell_index, step.piece, step.nth, step.number + 1, step.tries)
    times = (step.started_at, step.finished_at or 0.0)
    is_plausible = (
        0 < len(step.name) <= NAME_LENGTH
        and step.name.isprintable()
        and all(len(digits) <= 64 and digits.isascii() and digits.isalnum() for digits in hashes)
        and all(0 <= number <= _MOST_NUMBER for number in numbers)
        and all(0 <= at < _NEVER for at in times)
        and all(len(str(text)) <= _LONGEST_TEXT for text in texts)
    )
    return step if is_plausible else None


def _write_new(path: Path, content: bytes) -> None:
    """Write a file that is there whole, and on disk, or not at all; only its user may read it."""
    unfinished = path.with_name(f"{path.name}.new")
    unfinished.unlink(missing_ok=True)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)

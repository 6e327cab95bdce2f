"""A call of a step: whether it is recorded already, and what becomes of it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import time
import uuid
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import replace
from typing import Any, NoReturn

from . import location, position
from .errors import Invalid, NotConnected
from .fingerprints import fingerprint
from .step_errors import StepMismatch, StepNotRecorded, StepUncertain
from .step_journal import UNORDERED, Record, StepJournal
from .step_order import in_order
from .step_results import described, error_text, pickled, pickled_error, raised_again, unpickled

_running: ContextVar[Call | None] = ContextVar("notebook_automation_step", default=None)


class Call:
    """A call that nothing records: outside a durable session, or within another step, which is recorded as a whole."""

    def __init__(self, name: str, key: str, *, is_within: bool = False) -> None:
        self.name = name
        self.key = key
        self._is_within = is_within
        self._inner = 0
        self.tries = 0
        """Tries that have failed in this attempt."""

    @property
    def recorded(self) -> bool:
        """Whether an earlier attempt has its result."""
        return False

    def begin_try(self) -> None:
        """It is about to be done, for the first time or again."""

    def result(self) -> Any:
        """Return what an earlier attempt has recorded, or raise that."""
        raise NotImplementedError

    def done(self, value: Any) -> Any:
        """It has returned ``value``; return what the notebook gets, a copy as from a record."""
        return value if self._is_within else pickled(value, self.name)[1]

    def failed(self, error: BaseException) -> None:
        """It has raised ``error``, after all tries."""

    def inner_key(self, name: str) -> str:
        """Return the idempotency key of a step that is called within this one."""
        self._inner += 1
        return _hash(self.key, name, str(self._inner))

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """While its function runs."""
        token = _running.set(self)
        try:
            yield
        finally:
            _running.reset(token)


class RecordedCall(Call):
    """A call in a durable session; ``record`` is what is known of it."""

    def __init__(self, journal: StepJournal, record: Record) -> None:
        super().__init__(record.name, record.idempotency_key)
        self._journal = journal
        self._record = record
        self._at_most_once = False

    @property
    def recorded(self) -> bool:
        return self._record.status in ("done", "failed")

    def only_once(self) -> None:
        """It must not be begun twice. Raises StepUncertain where it was begun."""
        self._at_most_once = True
        if self._record.status not in ("started", "uncertain"):
            return
        if self._record.status == "started":
            self._write(replace(self._record, status="uncertain"), synced=True)
        raise StepUncertain(
            f"{_described(self._record)} was cut off after it began at {_clock(self._record.started_at)}, and is not "
            "to be done twice: whether it took effect is unknown. Look in the system that it changes (its idempotency "
            f"key is {self.key}). If it took effect, put its result in place of the call; if not, take at_most_once "
            "away; then resume the session with the notebook so edited."
        )

    def begin_try(self) -> None:
        record = self._record
        self._record = replace(record, status="started", tries=record.tries + 1, finished_at=None, error=None)
        # Only what may not be begun twice has to be known before: everything else runs again with the same key.
        self._write(self._record, synced=self._at_most_once)

    def result(self) -> Any:
        __tracebackhide__ = True
        data = self._journal.result_of(self._record)
        if self._record.status == "done":
            return unpickled(data, self.name)
        error = self._record.error or {}
        raise raised_again(data, error.get("type", "Exception"), error.get("message", ""), self.name)

    def done(self, value: Any) -> Any:
        try:
            data, copy = pickled(value, self.name)
        except StepNotRecorded as error:
            self.failed(error)
            raise
        shown = described(value, len(data))
        self._write(
            replace(self._record, status="done", finished_at=time.time(), shown=shown, error=None), data, synced=True
        )
        return copy

    def failed(self, error: BaseException) -> None:
        self._write(
            replace(self._record, status="failed", finished_at=time.time(), error=error_text(error)),
            pickled_error(error),
            synced=True,
        )

    def _write(self, record: Record, data: bytes | None = None, *, synced: bool) -> None:
        try:
            self._journal.add(record, data, synced=synced)
        except OSError as error:
            happened = "" if record.status == "started" else "It has done its work, and what it did has happened. "
            raise StepNotRecorded(
                f"Step {self.name!r} cannot be recorded in the session's folder: {error}. {happened}Is the disk full?"
            ) from error


def begin_call(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call:
    """Return the call of step ``name`` that begins now. Raises StepMismatch where another one is recorded here."""
    around = _running.get()
    if around is not None:
        return Call(name, around.inner_key(name), is_within=True)
    if not position.is_durable():
        return Call(name, uuid.uuid4().hex)
    return _steps().begin(name, fingerprint(args, kwargs))


def current_key() -> str:
    """Return the idempotency key of the step that runs. Raises Invalid outside of one."""
    call = _running.get()
    if call is None:
        raise Invalid(
            "na.idempotency_key() is for the inside of a step: call it in the function that na.step runs (and pass it "
            "on to threads that this starts)."
        )
    return call.key


class _Steps:
    """The steps of this kernel."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._journal: StepJournal | None = None

    def begin(self, name: str, digest: str) -> RecordedCall:
        if os.getpid() != self._pid:
            raise Invalid(
                f"Step {name!r} was called in a child process, which cannot record it: call steps in the notebook "
                "itself, or in its threads."
            )
        ordered = in_order()
        with self._lock:
            return self._found(name, digest, ordered)

    def _found(self, name: str, digest: str, ordered: bool) -> RecordedCall:
        place = position.next_call("step" if ordered else f"step:{name}:{digest}")
        assert place is not None
        if self._journal is None:
            self._journal = StepJournal(self._folder, since=(place.cell_index, place.piece))
        steps = self._journal.of_piece(place.cell_index, place.piece)
        record = None
        if ordered:
            record = next((one for one in steps.values() if one.number == place.nth), None)
            if record is not None and (record.name, record.fingerprint) != (name, digest):
                _mismatch(name, digest, record)
        if record is None:
            alike = place if not ordered else position.next_call(f"step:{name}:{digest}")
            assert alike is not None
            record = _alike(steps, name, digest, alike.nth)
        if record is None:
            nth = sum(1 for one in steps.values() if one.name == name)
            record = Record(
                cell_index=place.cell_index, piece=place.piece, name=name, nth=nth,
                number=place.nth if ordered else UNORDERED, status="pending", fingerprint=digest,
                # With its arguments: a key that was used for others would be refused, or worse.
                idempotency_key=_hash(
                    str(location.session_id()), str(place.cell_index), str(place.piece), name, digest,
                    f"{ordered}", str(place.nth),
                ),
                tries=0, started_at=time.time(),
            )  # fmt: skip
            steps[name, nth] = record
        return RecordedCall(self._journal, record)


def _alike(steps: dict[tuple[str, int], Record], name: str, digest: str, nth: int) -> Record | None:
    """Return the ``nth`` step with this name and these arguments of those whose order says nothing."""
    found = [
        one for one in steps.values() if one.number == UNORDERED and one.name == name and one.fingerprint == digest
    ]
    return sorted(found, key=lambda one: one.nth)[nth] if nth < len(found) else None


def _mismatch(name: str, digest: str, record: Record) -> NoReturn:
    where = f"Cell {record.cell_index + 1} runs again, and its {_ordinal(record.number + 1)} step"
    if record.name != name:
        what = f"{where} is now {name!r}; when it ran before it was {record.name!r}."
    else:
        what = f"{where}, {name!r}, has other arguments now than when it ran before."
    raise StepMismatch(
        f"{what} Steps are found again by their order and their arguments, so these must not depend on the clock, on "
        "random numbers or on what has changed meanwhile: get such a value in a step of its own."
    )


_current: _Steps | None = None


def _steps() -> _Steps:
    global _current
    if _current is None:
        context = os.environ.get("NOTEBOOK_AUTOMATION_CONTEXT")
        if not context:
            raise NotConnected("This kernel does not know its session's folder, so it cannot record steps.")
        _current = _Steps(os.path.dirname(context))
    return _current


def _described(record: Record) -> str:
    nth = f" ({_ordinal(record.nth + 1)} of its name)" if record.nth else ""
    return f"Step {record.name!r}{nth} in cell {record.cell_index + 1}"


def _ordinal(number: int) -> str:
    last = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{last}"


def _clock(at: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime(at))


def _hash(*parts: str) -> str:
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

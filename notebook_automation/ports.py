"""What services and engine need from outside, as obligations: whoever implements one keeps every sentence of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from .domain.attempts import AttemptNews
from .domain.filters import Explanation, FilterOutcome
from .domain.notebooks import NotebookFacts


class Filters(Protocol):
    """Evaluates and explains filters (CEL)."""

    def check(self, text: str, variables: Sequence[str] = ...) -> None:
        """Raise Invalid (``filter_invalid``) unless ``text`` is a filter over ``variables``."""

    def check_value(self, text: str, variables: Sequence[str] = ...) -> None:
        """Raise Invalid (``filter_invalid``) unless ``text`` is an expression over ``variables``."""

    def match_many(self, texts: Sequence[str], variables: Mapping[str, Any]) -> list[FilterOutcome]:
        """Return each filter's answer; one that cannot be decided has an error and does not match."""

    def evaluate_value(self, text: str, variables: Mapping[str, Any]) -> Any:
        """Return the JSON value of an expression; raises Invalid (``mapping_failed``)."""

    def fields(self, text: str) -> frozenset[str]:
        """Return the dotted paths that an expression reads; raises Invalid (``filter_invalid``)."""

    def explain(self, text: str, variables: Mapping[str, Any]) -> Explanation:
        """Return clause by clause what a filter came to."""


class Notebooks(Protocol):
    """Reads notebooks and programs without running anything."""

    def inspect(self, path: Path) -> NotebookFacts:
        """Return what is in the notebook at ``path``; raises NotFound, Invalid (``notebook_invalid``)."""

    def names_in(self, path: Path) -> frozenset[str] | None:
        """Return the names that a call can find in the Python program at ``path``; None where that does not show."""


class Kernels(Protocol):
    """Knows which kernels can be started."""

    def names(self) -> frozenset[str]:
        """Return the names of the installed kernels, in lower case as Jupyter compares them."""


class Cipher(Protocol):
    """Encrypts secrets, bound to the id of the row that holds them."""

    def encrypt(self, value: str, row_id: str) -> str:
        """Return ``value`` encrypted."""

    def decrypt(self, text: str, row_id: str) -> str:
        """Return what ``encrypt`` was given; raises Unavailable (``secret_unreadable``)."""

    def encrypt_bytes(self, value: bytes, row_id: str) -> str:
        """Return ``value`` encrypted."""

    def decrypt_bytes(self, text: str, row_id: str) -> bytes:
        """Return what ``encrypt_bytes`` was given; raises Unavailable (``secret_unreadable``)."""


class Seal(Protocol):
    """Signs and encrypts what the sessions of a project have saved, with keys that their code does not know."""

    def sign(self, text: bytes, project_id: str) -> str:
        """Return the signature of ``text``."""

    def is_signature(self, signature: str, text: bytes, project_id: str) -> bool:
        """Return whether ``signature`` is that of ``text``, in the same time for every wrong one."""

    def encrypted(self, content: BinaryIO, project_id: str, name: str) -> BinaryIO:
        """Return a stream that gives ``content`` encrypted, bound to its project and ``name``."""

    def decrypted(self, stored: BinaryIO, project_id: str, name: str) -> Iterator[bytes]:
        """Give what was encrypted; raises Unavailable (``checkpoint_unreadable``)."""


class Blobs(Protocol):
    """Content by its SHA-256, stored once however often it is put. What is put is on disk when the call returns."""

    def put_bytes(self, content: bytes) -> tuple[str, int]:
        """Store ``content``; return its hash and size in bytes. Raises Unavailable (``disk_full``)."""

    def put_file(self, path: Path) -> tuple[str, int]:
        """Store a copy of the file at ``path``; return its hash and size. Raises Unavailable (``disk_full``)."""

    def put_stream(self, source: BinaryIO, *, at_most: int | None = None) -> tuple[str, int]:
        """Store what ``source`` holds; return its hash and size.

        Raises TooLarge (``content_too_large``) for more than ``at_most`` bytes, Unavailable (``disk_full``).
        """

    def path(self, digest: str) -> Path:
        """Return where the content is, to read; raises NotFound (``blob_missing``)."""

    def remove(self, digest: str) -> None:
        """Delete the content; nothing happens where there is none."""

    def stored_before(self, before: float) -> Iterator[str]:
        """Yield the hashes of what was stored before ``before`` (epoch seconds); delete what was never finished."""


class Leadership(Protocol):
    """Whether this server runs the engine: of all servers on one database exactly one does."""

    @property
    def owner(self) -> str:
        """The name under which this server stands for election."""

    @property
    def active(self) -> bool:
        """Whether it leads now."""


class Launcher(Protocol):
    """Starts attempts of sessions somewhere, reports what becomes of them, and stops them.

    The sessions table is the truth; what goes through a launcher only makes it true sooner. An implementation decides
    where a runner runs and how it is reached. It keeps these promises, and `tests/contracts/launcher.py` checks them:

    - *At most once.* An attempt is claimed in the table (``requested`` → ``scheduled``, with owner and lease) before a
      runner is started, and the runner acquires it (`services.attempts.Attempts.acquire`). What has begun is never
      started again, whatever was lost since.
    - *Nothing is forgotten.* A session that waits is started although nobody called `launch` for it, within
      ``settings.supervisor_poll`` seconds of a free place: by another server, say, or while this launcher was not
      there. As many run at once as ``settings.max_sessions`` (or the place's own slots) allow, oldest first.
    - *Tries.* An attempt whose runner cannot be started, or ends before it has acquired the session, is queued again;
      after ``settings.start_tries`` tries the session ends ``failed`` with the last reason. Nothing else is repeated.
    - *Nothing is left.* With the place that runs it, a runner dies and its kernel with it, at the latest when its
      lease has run out. Its session is then ended by the rules: by the runner itself where it still can, else by the
      reaper.
    """

    async def start(self, notify: Callable[[Sequence[AttemptNews]], None]) -> None:
        """Begin to start attempts. Called once, or again after `stop`.

        Raises Unavailable where the place cannot be reached at all: nothing runs then, and the caller tries again.
        After it has returned, a place that is lost is reached for again by the launcher itself, with growing pauses.

        ``notify`` is called in the caller's event loop, soon after each commit that attempts make: with the steps that
        are new, or with none where sessions have changed without one. The steps of a try come in order, ``claimed``
        first and exactly one last; the next try at the same attempt begins with ``claimed`` again. Whoever is notified
        reads the table, which shows the step already; a session that has ``ended`` or is ``lost`` and is still
        ``running`` there is the reaper's when its lease has run out.
        """

    def launch(self, session_ids: Sequence[str]) -> None:
        """These sessions were queued, and committed: start an attempt at each when there is a place for it.

        Never blocks, never raises. May name a session twice, one that waits no more, or not all of them: one that was
        missed is found all the same.
        """

    def cancel(self, session_id: str) -> None:
        """This session is to stop, and committed so (``canceling``): interrupt its kernel, end it within
        ``settings.cancel_grace`` seconds.

        Never blocks, never raises. Nothing happens where no attempt of it runs; a runner that was not reached finds
        out when it renews its lease.
        """

    async def stop(self) -> None:
        """End every attempt, its session being ``abandoned`` by its runner, and every process; then return.

        What waits stays queued. Never raises; nothing happens where nothing was started.
        """

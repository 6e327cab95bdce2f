"""What services and engine need from outside, as obligations: whoever implements one keeps every sentence of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

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

    def explain(self, text: str, variables: Mapping[str, Any]) -> Explanation:
        """Return clause by clause what a filter came to."""


class Notebooks(Protocol):
    """Reads notebooks without running anything."""

    def inspect(self, path: Path) -> NotebookFacts:
        """Return what is in the notebook at ``path``; raises NotFound, Invalid (``notebook_invalid``)."""


class Cipher(Protocol):
    """Encrypts secrets, bound to the id of the row that holds them."""

    def encrypt(self, value: str, row_id: str) -> str:
        """Return ``value`` encrypted."""

    def decrypt(self, text: str, row_id: str) -> str:
        """Return what ``encrypt`` was given; raises Unavailable (``secret_unreadable``)."""


class Blobs(Protocol):
    """Content by its SHA-256, stored once however often it is put. What is put is on disk when the call returns."""

    def put_bytes(self, content: bytes) -> tuple[str, int]:
        """Store ``content``; return its hash and size in bytes. Raises Unavailable (``disk_full``)."""

    def put_file(self, path: Path) -> tuple[str, int]:
        """Store a copy of the file at ``path``; return its hash and size. Raises Unavailable (``disk_full``)."""

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

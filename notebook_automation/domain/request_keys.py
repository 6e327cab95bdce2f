"""Keys of requests (the header Idempotency-Key): one that is asked again with its key is done once."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import AutomationError, Invalid

MAX_LENGTH = 255


@dataclass(frozen=True, slots=True)
class RequestKey:
    """A caller's own ``key`` of a request, and the ``digest`` of what it asks for (hexadecimal SHA-256).

    Raises Invalid (``request_key_invalid``).
    """

    key: str
    digest: str

    def __post_init__(self) -> None:
        if not 1 <= len(self.key) <= MAX_LENGTH or not self.key.isprintable():
            raise Invalid(
                f"Idempotency-Key has to be a text of 1 to {MAX_LENGTH} printable characters.",
                code="request_key_invalid",
            )

    def check(self, digest: str | None) -> None:
        """Raise RequestKeyReused unless what was done under this key, of ``digest``, is what is asked for now."""
        if digest != self.digest:
            raise RequestKeyReused(
                f"The Idempotency-Key {self.key!r} was used for another request: take a new key for each that differs."
            )


class RequestKeyReused(AutomationError):
    """A key came again with another request."""

    code = "request_key_reused"
    status = 422
    exit_code = 4

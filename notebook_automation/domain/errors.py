"""The one error tree: each error has a stable code, an HTTP status and a sentence that says what to do."""

from __future__ import annotations

from typing import Any


class AutomationError(Exception):
    """Base of everything this package raises on purpose.

    ``code`` is stable and machine-readable, ``status`` is the HTTP status that it maps to, ``exit_code`` the one
    of the command line. ``details`` are JSON values that help a client show the error in place.
    """

    code = "error"
    status = 500
    exit_code = 1

    def __init__(self, message: str, *, code: str | None = None, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return self.message


class Invalid(AutomationError, ValueError):
    """The input does not say something that can be done."""

    code = "invalid"
    status = 400
    exit_code = 2


class NotFound(AutomationError, LookupError):
    """There is no such thing, or it is not yours to see."""

    code = "not_found"
    status = 404
    exit_code = 3


class Conflict(AutomationError):
    """The thing is in a state in which this cannot be done, or a name is taken."""

    code = "conflict"
    status = 409
    exit_code = 4


class Forbidden(AutomationError, PermissionError):
    """You may not do this."""

    code = "forbidden"
    status = 403
    exit_code = 5

    # PermissionError is an OSError, whose __str__ would format errno arguments.
    def __str__(self) -> str:
        return self.message


class TooLarge(AutomationError, ValueError):
    """More than a limit allows; the message names the limit and its setting."""

    code = "too_large"
    status = 413
    exit_code = 2


class UnsupportedMediaType(AutomationError, ValueError):
    """The declared content type is none that this endpoint reads."""

    code = "unsupported_media_type"
    status = 415
    exit_code = 2


class TooMany(AutomationError):
    """It came too often; ``retry_after`` of the details is when to try again, in seconds."""

    code = "too_many_requests"
    status = 429
    exit_code = 6


class Unavailable(AutomationError):
    """It cannot be done now, and may be tried again: nothing was changed."""

    code = "unavailable"
    status = 503
    exit_code = 6


class PolicyRefused(Unavailable):
    """A policy lets no more run now; ``retry_after`` of the details is when to try again, in seconds."""

    code = "policy_refused"


class NotConnected(AutomationError, RuntimeError):
    """A client found no server or session to talk to."""

    code = "not_connected"
    status = 503
    exit_code = 7

"""What can go wrong in a kernel: each error has a stable code and a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from .tracebacks import ShownAtTheCall

P = ParamSpec("P")
R = TypeVar("R")


class SdkError(ShownAtTheCall):
    """Base of everything that the SDK raises on purpose; ``code`` is stable and machine-readable."""

    code = "error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        if code is not None:
            self.code = code

    def __str__(self) -> str:
        return self.message


class NotConnected(SdkError, RuntimeError):
    """There is no server, or no session, to talk to."""

    code = "not_connected"


class Invalid(SdkError, ValueError):
    """The arguments do not say something that can be done; nothing was sent."""

    code = "invalid"


class Missing(SdkError, LookupError):
    """The thing asked for by name is not there."""

    code = "not_found"


class Refused(SdkError):
    """The server answered with an error: ``status`` is the HTTP status, ``details`` the rest of its answer."""

    code = "refused"

    def __init__(self, message: str, *, status: int, code: str, details: Mapping[str, Any] | None = None) -> None:
        super().__init__(message, code=code)
        self.status = status
        self.details = dict(details or {})


class SessionFailed(SdkError):
    """A session that was waited for did not complete."""

    code = "session_failed"


class NotEnded(SdkError, TimeoutError):
    """A session that was waited for goes on beyond the time that was given."""

    code = "session_not_ended"


def for_people(function: Callable[P, R]) -> Callable[P, R]:
    """Show an error of ``function`` near the line that called it, also outside IPython."""

    @wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except SdkError as error:
            raise error.with_traceback(None) from None

    return called

"""Errors as problem JSON: the one place where an exception becomes an HTTP answer."""

from __future__ import annotations

import errno
import http
import re
from typing import Any

import msgspec
from sqlalchemy.exc import DataError, IntegrityError
from tornado.web import HTTPError

from notebook_automation.domain.errors import AutomationError, Conflict, Invalid, Unavailable

from .models.problems import Problem

MEDIA_TYPE = "application/problem+json"
_AT = re.compile(r" - at (?:key in )?`(.+)`$")
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_IMPOSSIBLE = frozenset({errno.ENAMETOOLONG, errno.ELOOP})
_OF_JUPYTER = {
    400: ("bad_request", "The request could not be read."),
    401: ("not_authenticated", "Sign in to the Jupyter server, or send its token."),
    403: ("forbidden", "The Jupyter server does not let you do this."),
    404: ("not_found", "There is nothing here."),
    405: ("method_not_allowed", "This cannot be done here with this method."),
    413: ("too_large", "The request is too large."),
}


class NotAuthenticated(AutomationError):
    """Nobody known asks."""

    code = "not_authenticated"
    status = 401
    exit_code = 5


class MethodNotAllowed(AutomationError):
    """There is something here, but not for this method."""

    code = "method_not_allowed"
    status = 405
    exit_code = 2


class BodyTooSlow(AutomationError):
    """The sender took too long for the body."""

    code = "body_too_slow"
    status = 408
    exit_code = 6


class RefusedByJupyter(AutomationError):
    """Jupyter, or tornado, did not take the request; ``status`` is the HTTP status that it gave."""

    def __init__(self, message: str, *, code: str | None = None, status: int = 400, **details: Any) -> None:
        super().__init__(message, code=code, **details)
        self.status = status


def error_of(raised: BaseException | None) -> AutomationError | None:
    """Return what ``raised`` means in our error tree; None for what nobody foresaw."""
    if isinstance(raised, AutomationError):
        return raised
    if isinstance(raised, msgspec.ValidationError):
        return _unreadable(str(raised))
    if isinstance(raised, IntegrityError):
        return Conflict("Something it points to has just been changed or deleted: look again.", code="conflict")
    if isinstance(raised, OSError) and raised.errno in _FULL:
        return disk_error(raised)
    if isinstance(raised, OSError) and raised.errno in _IMPOSSIBLE:
        return Invalid("A name in it is too long, or a link leads to itself: no file is there.", code="path_invalid")
    if isinstance(raised, (OverflowError, DataError)):
        return Invalid("A number in it is too large to be stored: use at most 64 bits.", code="value_invalid")
    if isinstance(raised, HTTPError) and raised.status_code < 500:
        code, sentence = _OF_JUPYTER.get(raised.status_code, ("http_error", "The request was refused."))
        sentence = (raised.log_message and raised.get_message()) or sentence
        return RefusedByJupyter(sentence, code=code, status=raised.status_code)
    return None


def disk_error(error: OSError) -> AutomationError:
    """Return what ``error`` means, of a disk to which something was to be written."""
    if error.errno in _FULL:
        return Unavailable("The disk is full: nothing was stored. Make room and try again.", code="disk_full")
    return Unavailable(f"The server cannot write to its disk ({error.strerror}): see data_dir.", code="disk_unusable")


def problem_of(raised: BaseException | None, request_id: str) -> Problem:
    """Return the answer to a request that ended in ``raised``; it never holds a traceback."""
    error = error_of(raised)
    instance = f"urn:notebook-automation:request:{request_id}"
    if error is None:
        return Problem(
            type="about:blank",
            title="Internal Server Error",
            status=500,
            detail=f"Something went wrong in the server. Its log says what, under {request_id}.",
            code="internal",
            instance=instance,
        )
    return Problem(
        type="about:blank",
        title=_title(error.status),
        status=error.status,
        detail=error.message,
        code=error.code,
        instance=instance,
        errors=[{"message": error.message, **_plain(error.details)}] if error.details else msgspec.UNSET,
    )


def _title(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def _plain(details: dict[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = msgspec.to_builtins(details, enc_hook=str)
    return plain


def _unreadable(text: str) -> Invalid:
    """Return what msgspec's sentence (``Expected `int`, got `str` - at `$.limit```) means, with the field's name."""
    found = _AT.search(text)
    field = found.group(1).removeprefix("$").lstrip(".") if found else ""
    what = text[: found.start()] if found else text
    sentence = f"{field}: {what}." if field else f"{what}."
    return Invalid(sentence.replace("`", "'"), code="request_invalid", **({"field": field} if field else {}))

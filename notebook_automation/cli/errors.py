"""Errors as one sentence on the terminal and an exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

import click

from notebook_automation.domain import errors as domain
from notebook_automation.sdk import errors as sdk

FAILED = 1
"""Exit code after a session that did not complete."""
INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells give it."""
_BY_STATUS = {
    kind.status: kind.exit_code
    for kind in (
        domain.Invalid,
        domain.NotFound,
        domain.Conflict,
        domain.Forbidden,
        domain.TooLarge,
        domain.UnsupportedMediaType,
        domain.Unavailable,
    )
}
_BY_STATUS[401] = domain.Forbidden.exit_code


class Failure(click.ClickException):
    """An error with its stable code; printed as JSON where the command was asked for JSON."""

    def __init__(self, message: str, *, code: str, exit_code: int, as_json: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.exit_code = exit_code  # type: ignore[misc]
        self.as_json = as_json

    def show(self, file: IO[Any] | None = None) -> None:
        """Print it on the standard error."""
        if self.as_json:
            click.echo(json.dumps({"error": {"code": self.code, "message": self.message}}), err=True, file=file)
            return
        click.secho("Error: ", fg="red", bold=True, nl=False, err=True, file=file)
        click.echo(self.message, err=True, file=file)


@contextmanager
def as_failures(ctx: click.Context) -> Iterator[None]:
    """Make the errors of this product a `Failure`."""
    try:
        yield
    except sdk.NotConnected as error:
        raise _failure(ctx, error.message, error.code, domain.NotConnected.exit_code) from error
    except sdk.Refused as error:
        raise _failure(ctx, error.message, error.code, _BY_STATUS.get(error.status, 1)) from error
    except sdk.Invalid as error:
        raise _failure(ctx, error.message, error.code, domain.Invalid.exit_code) from error
    except sdk.Missing as error:
        raise _failure(ctx, error.message, error.code, domain.NotFound.exit_code) from error
    except sdk.SdkError as error:
        raise _failure(ctx, error.message, error.code, 1) from error
    except domain.AutomationError as error:
        raise _failure(ctx, error.message, error.code, error.exit_code) from error


def _failure(ctx: click.Context, message: str, code: str, exit_code: int) -> Failure:
    return Failure(message, code=code, exit_code=exit_code, as_json=bool(ctx.meta.get("as_json")))

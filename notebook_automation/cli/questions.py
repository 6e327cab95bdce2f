"""Questions to whoever sits at the shell."""

from __future__ import annotations

import sys

import click

from notebook_automation.domain.errors import Invalid


def confirm(question: str, what: str = "do it") -> None:
    """Ask ``question`` and go on after a yes.

    Raises Abort after a no, Invalid (``not_confirmed``) with the way to ``what`` unasked where nobody can be asked.
    """
    try:
        agreed = click.confirm(question, err=True)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        click.echo(err=True)
        raise unconfirmed(what) from None
    if not agreed:
        raise click.Abort


def ask_secret(name: str) -> str:
    """Return the value of the secret ``name``: typed without being shown, or read from a pipe.

    Raises Invalid (``value_empty``).
    """
    piped = not sys.stdin.isatty()
    value = sys.stdin.read().rstrip("\r\n") if piped else click.prompt(f"Value of {name}", hide_input=True, err=True)
    if not value:
        raise Invalid(
            "Nothing was changed: the value is empty. Type or pipe one; secret delete removes a secret.",
            code="value_empty",
        )
    return str(value)


def unconfirmed(what: str) -> Invalid:
    """Return what is said where nobody can be asked."""
    return Invalid(f"Nothing was changed: add --yes to {what} without being asked.", code="not_confirmed")

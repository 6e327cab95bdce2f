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


def unconfirmed(what: str) -> Invalid:
    """Return what is said where nobody can be asked."""
    return Invalid(f"Nothing was changed: add --yes to {what} without being asked.", code="not_confirmed")

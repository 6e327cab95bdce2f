"""Questions that a magic asks the person at the notebook: whether to go on, and for a secret."""

from __future__ import annotations

import getpass

from IPython.core.error import StdinNotImplementedError, UsageError


def confirm(question: str, otherwise: str) -> None:
    """Ask ``question`` and go on after a yes.

    Raises UsageError after a no, and with ``otherwise`` (how to go on without being asked) where nobody can be asked.
    """
    try:
        answer = input(f"{question} [y/N] ")
    except (StdinNotImplementedError, EOFError):
        raise UsageError(f"Nothing was changed: nobody can be asked here. {otherwise}") from None
    if answer.strip().lower() not in ("y", "yes"):
        raise UsageError("Nothing was changed.")


def ask_secret(name: str) -> str:
    """Return a value that is typed without being shown; UsageError where nothing was typed or nobody can be asked."""
    try:
        value = getpass.getpass(f"Value of {name} (it is not shown): ")
    except (StdinNotImplementedError, EOFError):
        raise UsageError(
            f"Nobody can be asked for a secret here: at a shell, jupyter automation secret set {name} asks for it."
        ) from None
    if not value:
        raise UsageError(f"Nothing was changed: the value is empty. %automation secret delete {name} removes a secret.")
    return value

"""Where the kernel of an attempt may be forked, and what of its handler's set-up has run there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from notebook_automation.domain.sessions import Session
from notebook_automation.domain.times import rfc3339

if TYPE_CHECKING:
    from notebook_automation.forkserver import SharedServer

    from .preparation import PreparedSession


@dataclass(frozen=True, slots=True)
class WarmKernels:
    """Fork servers in which the session's kernel may be forked; none: it is started plain.

    ``setup_reason`` says why none of them has run the set-up of the session's handler, where it was to be kept ready.
    """

    servers: Sequence[SharedServer] = ()
    setup_reason: str = ""


def set_up(prepared: PreparedSession, session: Session, warm: WarmKernels) -> dict[str, Any]:
    """Leave out the cells that ran before the kernel was forked; return when, or why there are none."""
    setup = prepared.setup
    if setup is not None and prepared.manager.has_set_up:
        prepared.run.replay(setup.cells)
        return {"set_up": "ran ahead", "ran_at": rfc3339(setup.ran_at)}
    if not session.config.get("trigger", {}).get("warm"):
        return {}
    other = "no warm processes were ready"
    if any(server.setup is not None for server in warm.servers):
        other = "the project's files or the parameters are not those that the set-up ran with"
    return {
        "set_up": "runs now",
        "set_up_reason": warm.setup_reason or prepared.manager.setup_reason or other,
    }

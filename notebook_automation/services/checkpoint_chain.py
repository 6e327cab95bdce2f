"""The chain of a session's checkpoints: each is signed with the one before it, so that none is changed or left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from notebook_automation.domain.checkpoints import CHECKPOINT_ID, Checkpoint
from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.sessions import Session
from notebook_automation.ports import Seal


def verify(checkpoints: Sequence[Checkpoint], project_id: str | None, seal: Seal) -> None:
    """Check the signatures of a session's checkpoints, the first one first.

    Raises Unavailable (``checkpoint_unreadable``): one of them was changed, or is missing.
    """
    before = ""
    for checkpoint in checkpoints:
        text = checkpoint.signed(project_id or "", before)
        if not seal.is_signature(checkpoint.signature, text, project_id or ""):
            raise Unavailable(
                f"Checkpoint {checkpoint.number} of this session was changed since it was saved: it is not gone on "
                "from. Run the notebook from its start.",
                code="checkpoint_unreadable",
            )
        before = checkpoint.signature


def copied(checkpoints: Sequence[Checkpoint], session: Session, seal: Seal) -> list[Checkpoint]:
    """Return verified checkpoints as those of ``session``, signed anew for it."""
    project_id = session.project_id or ""
    found: list[Checkpoint] = []
    before = ""
    for checkpoint in checkpoints:
        mine = replace(checkpoint, id=CHECKPOINT_ID.new(), session_id=session.id, attempt=session.attempt)
        before = seal.sign(mine.signed(project_id, before), project_id)
        found.append(replace(mine, signature=before))
    return found

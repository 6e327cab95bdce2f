"""What steps returned, encrypted at rest: bound to the step, so that none can be put in the place of another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection

from notebook_automation.domain.steps import Beyond, Step, carried_over
from notebook_automation.ports import Cipher
from notebook_automation.store import steps
from notebook_automation.store.steps import Opened, Sealed


class StepResults:
    """Encrypts and decrypts results with ``cipher``; they are never unpickled here."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    def sealed(self, session_id: str) -> Sealed:
        """Return what gives the stored text of a step's result; None for one without."""

        def seal(step: Step) -> str | None:
            if step.result is None:
                return None
            return self._cipher.encrypt_bytes(step.result, _bound(session_id, step))

        return seal

    def opened(self, session_id: str) -> Opened:
        """Return what gives a step's result from its stored text; it raises Unavailable (``secret_unreadable``)."""
        return lambda step, stored: self._cipher.decrypt_bytes(stored, _bound(session_id, step))

    def carry_over(
        self, tx: Connection, ended_id: str, session_id: str, kept_to: tuple[int, int], beyond: Beyond,
        moved: Mapping[int, int],
    ) -> None:  # fmt: skip
        """Give the session ``session_id``, which goes on from the ended one, that one's steps; see `carried_over`.

        ``moved`` has the index of a cell in the edited notebook by the one that it had.
        Large results need the ended session's rows of `checkpoint_content`, too. Raises Unavailable
        (``secret_unreadable``).
        """
        found = steps.of_session(tx, ended_id, self.opened(ended_id))
        # Those whose cell is there still come last: they have the place if two of them want one.
        found.sort(key=lambda step: step.cell_index in moved)
        found = [replace(step, cell_index=moved.get(step.cell_index, step.cell_index)) for step in found]
        steps.write(tx, session_id, carried_over(found, kept_to, beyond), self.sealed(session_id))


def _bound(session_id: str, step: Step) -> str:
    return f"{session_id}/steps/{step.cell_index}/{step.piece}/{step.nth}/{step.status}/{step.name}"

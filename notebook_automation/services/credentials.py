"""Credentials of senders: encrypted beside the event, opened for the session that handles it, hidden from others."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from notebook_automation.domain.credentials import credentials_of, masked_headers, secret_texts, with_headers
from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.events import Event
from notebook_automation.domain.filters import Clause, Explanation
from notebook_automation.domain.masking import Masker
from notebook_automation.domain.occurrences import Occurrence
from notebook_automation.ports import Cipher


class Credentials:
    """Seals and opens the credentials in events' data with ``cipher``."""

    def __init__(self, cipher: Cipher) -> None:
        self._cipher = cipher

    def hidden(self, occurrence: Occurrence) -> Occurrence:
        """Return ``occurrence`` as it may be stored: its credentials encrypted, and masked in all that is shown."""
        event = occurrence.event
        headers = credentials_of(event.data)
        if not headers:
            return occurrence
        masker = Masker(secret_texts(headers))
        data = with_headers(event.data, masked_headers(headers))
        sealed = self._cipher.encrypt(json.dumps(headers), event.id)
        return replace(
            occurrence,
            event=replace(event, data=data, sealed=sealed),
            enforcements=tuple(replace(one, reason=_masked(masker, one.reason)) for one in occurrence.enforcements),
            sessions=tuple(replace(one, reason=_masked(masker, one.reason)) for one in occurrence.sessions),
        )

    def opened(self, event: Event) -> tuple[Event, Sequence[str]]:
        """Return ``event`` as it came in, for the filter and the handler alone, and what must be masked of it.

        Where the key is another by now, the credentials stay hidden.
        """
        if event.sealed is None:
            return event, ()
        try:
            headers = json.loads(self._cipher.decrypt(event.sealed, event.id))
        except Unavailable:
            return event, ()
        return replace(event, data=with_headers(event.data, headers)), secret_texts(headers)


def masked_explanation(explanation: Explanation, secrets: Sequence[str]) -> Explanation:
    """Return ``explanation`` without the ``secrets``."""
    if not secrets:
        return explanation
    masker = Masker(secrets)
    outcome = replace(explanation.outcome, error=_masked(masker, explanation.outcome.error))
    return replace(
        explanation,
        outcome=outcome,
        tree=_masked_clause(masker, explanation.tree),
        clauses=tuple(_masked_clause(masker, clause) for clause in explanation.clauses),
    )


def _masked_clause(masker: Masker, clause: Clause) -> Clause:
    return replace(
        clause,
        error=_masked(masker, clause.error),
        values=masker.value(clause.values),
        parts=tuple(_masked_clause(masker, part) for part in clause.parts),
    )


def _masked(masker: Masker, text: str | None) -> str | None:
    return None if text is None else masker.text(text)

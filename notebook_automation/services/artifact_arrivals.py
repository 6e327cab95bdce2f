"""Artifact triggers: what a new version of an artifact sets off."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from notebook_automation.domain.artifacts import Artifact
from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.occurrences import Occurrence
from notebook_automation.domain.requesters import NOBODY, Requester
from notebook_automation.domain.times import rfc3339
from notebook_automation.store import artifact_arrivals, sessions, triggers
from notebook_automation.store.artifact_arrivals import Arrival
from notebook_automation.store.database import Database

from .chains import Chains
from .listeners import Listeners
from .matching import RuledTrigger, ruled


class ArtifactArrivals:
    """What the engine does about new versions that triggers wait for, each once, in one transaction."""

    def __init__(self, database: Database, chains: Chains, listeners: Listeners) -> None:
        self._database = database
        self._chains = chains
        self._listeners = listeners

    async def next_time(self) -> float | None:
        """Return 0 where a new version waits to be looked at, else None. Raises Unavailable."""
        return 0.0 if await self._database.read(artifact_arrivals.is_there_any) else None

    async def wake_due(self, now: float, limit: int) -> tuple[list[str], bool]:
        """Look at up to ``limit`` new versions; return the sessions queued by it, and whether there may be more."""

        def work(tx: Connection) -> tuple[list[str], bool]:
            arrivals = artifact_arrivals.some(tx, limit)
            ids = {one.trigger_id for one in arrivals}
            rules = triggers.rules_of_many(tx, ids)
            ready = {one.id: ruled(one, rules[one.id]) for one in triggers.many(tx, ids) if one.enabled}
            made = [self._occurrence(tx, ready[one.trigger_id], one) for one in arrivals if one.trigger_id in ready]
            receipts, woken = self._listeners.accept(tx, made)
            artifact_arrivals.forget(tx, arrivals)
            started = [queued for receipt in receipts if not receipt.repeated for queued in receipt.session_ids]
            return [*started, *woken], len(arrivals) == limit

        try:
            return await self._database.write(work)
        except IntegrityError as error:
            # Only where several servers share a database.
            raise Unavailable("A trigger was changed meanwhile. Try again.", code="trigger_changed") from error

    def _occurrence(self, tx: Connection, ready: RuledTrigger, arrival: Arrival) -> Occurrence:
        artifact = arrival.artifact
        maker = None if artifact.session_id is None else sessions.get(tx, artifact.session_id)
        by_hand = artifact.session_id is None and artifact.scope == "identity"
        previous = {"version": arrival.previous_version, "sha256": arrival.previous_blob}
        return self._chains.following(
            tx, ready, [] if maker is None else [maker], type=arrival.news, source="artifact",
            data={"artifact": _shown(artifact), "previous": previous if arrival.previous_version else None},
            key=f"artifact:{artifact.id}",
            behind=Requester(person=artifact.owner, came_by="person") if by_hand else NOBODY,
        )  # fmt: skip


def _shown(artifact: Artifact) -> dict[str, Any]:
    """Return what filters, mappings and notebooks read of an artifact."""
    return {
        "id": artifact.id,
        "ref": artifact.ref,
        "name": artifact.name,
        "version": artifact.version,
        "type": artifact.type,
        "media_type": artifact.media_type,
        "size": artifact.size,
        "sha256": artifact.blob,
        "url": artifact.url,
        "session": artifact.session_id,
        "trigger": artifact.trigger_ref,
        "meta": artifact.meta,
        "created_at": rfc3339(artifact.created_at),
    }

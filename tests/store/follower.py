"""The part of the engine that follows sessions and artifacts, for tests: on one database, with no clock of its own."""

from __future__ import annotations

from typing import Any

from samples import make_trigger

from notebook_automation.adapters.cel import Filters
from notebook_automation.adapters.crypto import Cipher
from notebook_automation.domain.events import Event
from notebook_automation.domain.projects import Project
from notebook_automation.domain.rule_sets import rules_of
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.triggers import Trigger
from notebook_automation.services.artifact_arrivals import ArtifactArrivals
from notebook_automation.services.chains import Chains
from notebook_automation.services.credentials import Credentials
from notebook_automation.services.listeners import Listeners
from notebook_automation.services.matching import Matching
from notebook_automation.services.session_ends import SessionEnds
from notebook_automation.settings import Settings
from notebook_automation.store import events, sessions, triggers
from notebook_automation.store.database import Database


class Follower:
    """The part of the engine that follows ends, on one database."""

    def __init__(self, database: Database, tmp_path: Any, **settings: Any) -> None:
        filters = Filters()
        listeners = Listeners(filters, Credentials(Cipher(tmp_path / "secret.key")))
        self.database = database
        chains = Chains(Matching(filters), Settings(**settings).chain_max)
        self.ends = SessionEnds(database, chains, listeners)
        self.arrivals = ArtifactArrivals(database, chains, listeners)

    async def look(self, now: float = 1.0) -> list[Session]:
        """Follow what is due, again and again until nothing is; return the sessions that this has queued, in order."""
        queued: list[str] = []
        for due in (self.ends, self.arrivals):
            more = True
            while more:
                some, more = await due.wake_due(now, 100)
                queued += some
        found = [self.database.read_now(lambda tx, one=one: sessions.get(tx, one)) for one in queued]  # type: ignore[misc]
        return [one for one in found if one is not None]

    def events(self, trigger: Trigger) -> list[Event]:
        """Return the events of a trigger, the oldest first."""
        found, _ = self.database.read_now(lambda tx: events.listed(tx, limit=100, cursor=None, trigger_id=trigger.id))
        return found[::-1]


def waiting_trigger(database: Database, project: Project, name: str, **fields: Any) -> Trigger:
    """A trigger that calls the notebook of its name, with its rule."""
    trigger = make_trigger(database, project, name, call=f"{name}.ipynb", **fields)
    rules = rules_of(trigger)
    database.write_now(lambda tx: triggers.set_rules(tx, trigger.id, rules))
    return trigger

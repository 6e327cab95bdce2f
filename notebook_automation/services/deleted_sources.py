"""Triggers that are deleted while sessions wait for their events: who waits for nothing else goes on, and is told."""

from __future__ import annotations

import time
from collections.abc import Collection

from sqlalchemy import Connection

from notebook_automation.store import parking, subscriptions, waits


def give_up(tx: Connection, trigger_ids: Collection[str]) -> None:
    """End the waits that only these triggers could end, before they are deleted with what was subscribed to them."""
    if not subscriptions.anybody_listens(tx):
        return
    ending = {one.id for one in subscriptions.to(tx, trigger_ids, ())}
    open_waits = waits.open_by_keys(tx, ending)
    keys = waits.keys_of_many(tx, [wait.id for wait in open_waits])
    lost = [wait for wait in open_waits if ending.issuperset(keys[wait.id])]
    session_ids = waits.hold(tx, {wait.session_id for wait in lost})
    waits.cancel(tx, [wait.id for wait in lost], time.time())
    waits.forget_keys(tx, ending)
    woken = {session.id for session in parking.wake(tx, sorted(session_ids))}
    waits.announce(tx, session_ids - woken)

"""Deliveries that were not taken: kept with their reason, so that whoever owns the webhook gets to see them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace

from notebook_automation.domain.correlation import served
from notebook_automation.domain.deliveries import Delivery, read_delivery
from notebook_automation.domain.errors import AutomationError, NotFound
from notebook_automation.domain.events import EVENT_ID, Event, Refusal
from notebook_automation.domain.occurrences import Occurrence
from notebook_automation.domain.rate_limits import TokenBuckets
from notebook_automation.domain.triggers import Trigger
from notebook_automation.domain.verification import WHY, Unverified
from notebook_automation.store import events
from notebook_automation.store.database import Database

from .credentials import Credentials
from .matching import ruled
from .signed_deliveries import without_credential

KEPT = 50
"""Refused deliveries kept of each trigger; the oldest go first."""
_PER_SECOND = 1.0
_MAX_HEADERS = 16 * 1024
"""Bytes of headers that are kept; larger ones are left out."""
_log = logging.getLogger(__name__)


class WebhookOff(NotFound):
    """The webhook of ``trigger`` is switched off: for a sender it is as if there were none."""

    def __init__(self, trigger: Trigger) -> None:
        super().__init__("There is no such webhook.", code="webhook_not_found")
        self.trigger = trigger


class Refusals:
    """Keeps refused deliveries of each trigger, bounded in number and in how fast they may come."""

    def __init__(
        self, database: Database, credentials: Credentials, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._credentials = credentials
        self._clock = clock
        self._rates = TokenBuckets(_PER_SECOND)
        self._storing: set[asyncio.Task[None]] = set()

    def note(self, trigger: Trigger, delivery: Delivery, error: AutomationError, size: int) -> None:
        """Keep that ``delivery`` (its body left out, ``size`` bytes of it had come) was refused with ``error``.

        Returns at once: nobody waits for it, and what cannot be stored is left out.
        """
        if self._rates.take(trigger.id, self._clock()) > 0:
            return
        task = asyncio.get_running_loop().create_task(self._store(_refused(trigger, delivery, error, size)))
        self._storing.add(task)
        task.add_done_callback(self._storing.discard)

    async def _store(self, event: Event) -> None:
        hidden = self._credentials.hidden(Occurrence(event=event)).event
        try:
            await self._database.write(lambda tx: events.refuse(tx, hidden, KEPT))
        except Exception as error:  # noqa: BLE001 - the refusal was sent, and nobody is there to hear of this
            _log.warning("A refused delivery to %s could not be kept: %s", event.trigger_ref, error)


def _refused(trigger: Trigger, delivery: Delivery, error: AutomationError, size: int) -> Event:
    refusal = Refusal(status=error.status, code=error.code, message=error.message, size=size)
    if isinstance(error, WebhookOff):
        refusal |= {
            "code": "webhook_disabled",
            "message": "The trigger is switched off: switch it on to take deliveries.",
        }
    if isinstance(error, Unverified):
        refusal |= {"code": error.reason, "message": WHY[error.reason]}
    if trigger.signature is not None:
        # Also what is wrong may be somebody's: an older one, or that of another.
        delivery = without_credential(delivery, trigger.signature.scheme)
    small = sum(len(name) + len(value) for name, value in delivery.headers) <= _MAX_HEADERS
    try:
        data = read_delivery(replace(delivery, body=b"", headers=delivery.headers if small else ()))
    except AutomationError:
        data = {"method": delivery.method}
    return Event(
        id=EVENT_ID.new(),
        type=delivery.method.lower(),
        source="webhook",
        project_id=trigger.project_id,
        trigger_id=trigger.id,
        trigger_ref=trigger.ref,
        received_at=time.time(),
        data=data,
        config=ruled(trigger, ()).config,
        refusal=refusal,
        correlation_id=served().correlation_id,
    )

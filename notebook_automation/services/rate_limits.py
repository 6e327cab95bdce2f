"""Who may come in how often: deliveries from one address, and to one webhook, within the limits that are set."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from ipaddress import ip_network

from notebook_automation.domain.errors import TooMany
from notebook_automation.domain.rate_limits import TokenBuckets
from notebook_automation.settings import Settings


class RateLimits:
    """Counts in this server's memory alone: each of several servers admits as much."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._sources = TokenBuckets(settings.webhook_source_rate)
        self._webhooks = TokenBuckets(settings.webhook_rate)

    def from_source(self, address: str) -> None:
        """Admit a delivery from ``address``, whichever webhook it names. Raises TooMany."""
        self._take(self._sources, _source(address), "one address (setting webhook_source_rate)")

    def to_webhook(self, trigger_id: str) -> None:
        """Admit a delivery to a webhook that is there. Raises TooMany."""
        self._take(self._webhooks, trigger_id, "one webhook (setting webhook_rate)")

    def _take(self, rates: TokenBuckets, key: str, whose: str) -> None:
        seconds = rates.take(key, self._clock())
        if seconds > 0:
            wait = max(1, math.ceil(seconds))
            raise TooMany(
                f"More deliveries came than {whose} may send or get: nothing was stored, try again in {wait} s.",
                retry_after=wait,
            )


def _source(address: str) -> str:
    """Return what stands for one sender: an IPv6 host has a whole network of addresses to come from."""
    return str(ip_network(f"{address}/64", strict=False)) if address.count(":") > 1 and "%" not in address else address

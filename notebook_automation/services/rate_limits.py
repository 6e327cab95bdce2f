"""Who may come in how often without a sign-in: deliveries to webhooks, and requests for the pages of links."""

from __future__ import annotations

import hashlib
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
        self._link_sources = TokenBuckets(settings.link_source_rate)
        self._links = TokenBuckets(settings.link_rate)

    def from_source(self, address: str) -> None:
        """Admit a delivery from ``address``, whichever webhook it names. Raises TooMany."""
        self._take(self._sources, _source(address), "deliveries", "one address", "webhook_source_rate")

    def to_webhook(self, trigger_id: str) -> None:
        """Admit a delivery to a webhook that is there. Raises TooMany."""
        self._take(self._webhooks, trigger_id, "deliveries", "one webhook", "webhook_rate")

    def to_inbox(self, source: str) -> None:
        """Admit a delivery to the inbox by its source, as to a webhook. Raises TooMany."""
        self._take(self._webhooks, f"inbox/{source}", "deliveries", "one source", "webhook_rate")

    def from_link_source(self, address: str) -> None:
        """Admit a request for the page of any link from ``address``. Raises TooMany."""
        self._take(self._link_sources, _source(address), "requests", "one address", "link_source_rate")

    def to_link(self, token: str) -> None:
        """Admit a request for the page of this link, whether there is one or not. Raises TooMany."""
        # Of any length: what is remembered of it is not.
        key = hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
        self._take(self._links, key, "requests", "one link", "link_rate")

    def _take(self, rates: TokenBuckets, key: str, what: str, whose: str, setting: str) -> None:
        seconds = rates.take(key, self._clock())
        if seconds > 0:
            wait = max(1, math.ceil(seconds))
            raise TooMany(
                f"More {what} came than {whose} (setting {setting}) may send or get: nothing was stored, try again in "
                f"{wait} s.",
                retry_after=wait,
            )


def _source(address: str) -> str:
    """Return what stands for one sender: an IPv6 host has a whole network of addresses to come from."""
    return str(ip_network(f"{address}/64", strict=False)) if address.count(":") > 1 and "%" not in address else address

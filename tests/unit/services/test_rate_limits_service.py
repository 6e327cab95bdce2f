"""Who counts as one sender."""

from __future__ import annotations

import contextlib

import pytest

from notebook_automation.domain.errors import TooMany
from notebook_automation.services.rate_limits import RateLimits
from notebook_automation.settings import Settings


def exhausted(address: str) -> RateLimits:
    """Return limits of which ``address`` has used up its own."""
    limits = RateLimits(Settings(webhook_source_rate=1), clock=lambda: 0.0)
    for _ in range(100):
        with contextlib.suppress(TooMany):
            limits.from_source(address)
    return limits


@pytest.mark.parametrize(
    ("address", "same", "other"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"),
        ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
        ("fe80::1%eth0", "fe80::1%eth0", "fe80::2%eth0"),
    ],
)
def test_a_sender_is_an_address_or_a_whole_network_of_ipv6(address: str, same: str, other: str) -> None:
    limits = exhausted(address)
    with pytest.raises(TooMany):
        limits.from_source(same)
    limits.from_source(other)


def test_requests_for_links_are_counted_by_address_and_by_link() -> None:
    limits = RateLimits(Settings(link_source_rate=1, link_rate=1), clock=lambda: 0.0)
    for _ in range(2):
        limits.from_link_source("192.0.2.1")
        limits.to_link("x" * 20_000)
    with pytest.raises(TooMany, match="link_source_rate"):
        limits.from_link_source("192.0.2.1")
    with pytest.raises(TooMany, match="link_rate"):
        limits.to_link("x" * 20_000)
    limits.from_link_source("192.0.2.2")
    limits.to_link("y\udc00")
    limits.from_source("192.0.2.1")


def test_a_source_of_the_inbox_has_a_rate_of_its_own() -> None:
    limits = RateLimits(Settings(webhook_rate=1), clock=lambda: 0.0)
    for _ in range(2):
        limits.to_inbox("github")
    with pytest.raises(TooMany, match="webhook_rate"):
        limits.to_inbox("github")
    limits.to_inbox("stripe")
    limits.to_webhook("github")

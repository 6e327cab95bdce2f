"""Names of requests: taken where they are harmless, made where they are not."""

from __future__ import annotations

import asyncio

import pytest

from notebook_automation.domain.correlation import (
    LONGEST,
    NO_REQUEST,
    RequestOrigin,
    correlation_id_of,
    serve,
    served,
    traceparent_of,
)

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize("sent", ["a", "order-7:retry@2", "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "a" * LONGEST])
def test_a_harmless_name_is_kept(sent: str) -> None:
    assert correlation_id_of(sent) == sent


@pytest.mark.parametrize("sent", [None, "", "a b", "a\r\nX: y", "-a", "<b>", "a" * (LONGEST + 1), "ü", "a\x1b[1m"])
def test_any_other_is_replaced(sent: str | None) -> None:
    made = correlation_id_of(sent)
    assert made.startswith("req_")
    assert made != correlation_id_of(sent)


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        (PARENT, PARENT),
        (f"cc{PARENT[2:]}-what-a-later-version-adds", PARENT),
        (f"ff{PARENT[2:]}", None),
        (f"{PARENT}-more", None),
        (PARENT.upper(), None),
        (f"00-{'0' * 32}-00f067aa0ba902b7-01", None),
        (f"00-4bf92f3577b34da6a3ce929d0e0e4736-{'0' * 16}-01", None),
        ("", None),
        (None, None),
    ],
)
def test_a_place_in_a_trace_is_taken_as_w3c_has_it(sent: str | None, taken: str | None) -> None:
    assert traceparent_of(sent) == taken


async def test_requests_that_are_served_side_by_side_do_not_mix() -> None:
    async def request(name: str) -> str | None:
        serve(RequestOrigin(name))
        await asyncio.sleep(0)
        return served().correlation_id

    assert await asyncio.gather(*map(request, "abc")) == ["a", "b", "c"]
    assert served() is NO_REQUEST

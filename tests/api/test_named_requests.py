"""The name of a request goes into its answer, into what it led to, and from there back to the request."""

from __future__ import annotations

import httpx
import pytest
from serving import Server

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.mark.parametrize("header", ["X-Correlation-Id", "X-Request-Id"])
def test_the_senders_name_of_a_request_comes_back_also_where_it_fails(server: Server, header: str) -> None:
    for path, status in (("status", 200), ("sessions/ses_none", 404)):
        answer = server.api.get(path, headers={header: "order-7"})
        assert answer.status_code == status
        assert answer.headers["X-Correlation-Id"] == answer.headers["X-Request-Id"] == "order-7"
    assert answer.json()["instance"] == "urn:notebook-automation:request:order-7"


def test_a_request_without_a_good_name_gets_one(server: Server) -> None:
    given = [server.api.get("status", headers={"X-Correlation-Id": name}) for name in ("", "a b", "x" * 200)]
    names = [answer.headers["X-Correlation-Id"] for answer in given]
    assert all(name.startswith("req_") for name in names)
    assert len(set(names)) == 3


def test_a_delivery_names_its_event_and_the_session(server: Server) -> None:
    trigger = server.trigger(name="named", type="webhook")
    headers = {"X-Correlation-Id": "order-8", "traceparent": PARENT}
    answer = httpx.post(trigger["url"], json={}, headers=headers, trust_env=False)
    assert answer.headers["X-Correlation-Id"] == "order-8"
    assert server.api.get(f"events/{answer.json()['event_id']}").json()["correlation_id"] == "order-8"
    [session] = answer.json()["session_ids"]
    assert server.api.get(f"sessions/{session}").json()["correlation_id"] == "order-8"
    context = server.begin(session).get(f"sessions/{session}/context").json()
    assert context["session"]["correlation_id"] == "order-8"


def test_what_was_refused_is_named_too(server: Server) -> None:
    trigger = server.trigger(name="refused", type="webhook")
    url, headers = trigger["url"], {"X-Correlation-Id": "order-9", "Content-Type": "application/json"}
    answer = httpx.post(url, content=b"{", headers=headers, trust_env=False)
    assert (answer.status_code, answer.headers["X-Correlation-Id"]) == (400, "order-9")
    unknown = httpx.post(f"{url[:-3]}abc", headers=headers, trust_env=False)
    assert (unknown.status_code, unknown.headers["X-Correlation-Id"]) == (404, "order-9")


def test_sessions_and_events_by_hand_are_named(server: Server) -> None:
    server.trigger(name="named-runs", type="manual")
    headers = {"X-Correlation-Id": "by-hand"}
    run = server.api.post("sessions", json={"project": "sales", "call": "report.ipynb"}, headers=headers).json()
    assert run["correlation_id"] == "by-hand"
    emitted = server.api.post("events", json={"project": "sales", "type": "paid"}, headers=headers).json()
    assert server.api.get(f"events/{emitted['event_id']}").json()["correlation_id"] == "by-hand"

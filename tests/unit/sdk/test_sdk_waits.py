"""What `na` does while a session waits: it outlasts a server that is away, and asks from its place in the notebook."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from counterpart import Counterpart

import notebook_automation as na
from notebook_automation.sdk import position
from notebook_automation.sdk.errors import Invalid, Missing, Refused

WAITS, WAIT = "/sessions/ses_1/waits", "/sessions/ses_1/waits/wai_1"
OPEN = {"id": "wai_1", "status": "open", "payload": None, "sender": None, "event": None}
ANSWERED = {**OPEN, "status": "answered", "payload": {"by": "ana"}, "sender": "ana"}


def test_a_server_that_is_away_for_a_while_does_not_end_a_wait(in_session: Callable[..., Counterpart]) -> None:
    server = in_session()
    server.answers["POST", WAITS] = (201, OPEN)
    server.answers["GET", WAIT] = (200, ANSWERED)
    server.drops = 2
    assert na.wait("approve") == {"by": "ana"}
    assert [method for method, *_ in server.requests] == ["POST", "GET", "GET", "GET"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [((404, {"detail": "gone", "code": "wait_not_found"}), Refused), ((200, {**OPEN, "status": "cancelled"}), Missing)],
)
def test_a_wait_that_was_given_up_is_an_error(
    in_session: Callable[..., Counterpart], answer: tuple[int, Any], error: type[Exception]
) -> None:
    server = in_session()
    server.answers["POST", WAITS] = (201, OPEN)
    server.answers["GET", WAIT] = answer
    with pytest.raises(error):
        na.wait("approve")


def test_each_call_says_where_it_is(in_session: Callable[..., Counterpart], monkeypatch: pytest.MonkeyPatch) -> None:
    server = in_session()
    server.answers["POST", WAITS] = (201, ANSWERED)
    server.answers["POST", "/sessions/ses_2/signals"] = (202, {"reached": 1})
    na.sleep("1 h")
    monkeypatch.setattr(position, "_here", position._Here())
    position.begin(7, 1)
    na.sleep("1 h")
    na.signal("ses_2", "go")
    position.begin(8, 0)
    na.wait("approve", timeout="90s")
    bodies = [json.loads(body) for _, _, body, _ in server.requests]
    places = [(one["position"]["cell_index"], one["position"]["piece"], one["position"]["nth"]) for one in bodies]
    assert places[0][:2] == (-1, 0)
    assert places[1:] == [(7, 1, 0), (7, 1, 1), (8, 0, 0)]
    assert bodies[0] == {"kind": "sleep", "seconds": 3600.0, "position": bodies[0]["position"]}
    assert bodies[3] == {"kind": "signal", "name": "approve", "seconds": 90.0, "position": bodies[3]["position"]}


def test_what_is_no_name_or_source_is_said_before_anything_is_sent(in_session: Callable[..., Counterpart]) -> None:
    server = in_session()
    for call in (
        lambda: na.wait(""), lambda: na.next_event("orders"), lambda: na.next_event([]), lambda: na.subscribe("  "),
        lambda: na.signal("job", "go", 1), lambda: na.sleep("soon"), lambda: na.sleep_until("soon"),
    ):  # fmt: skip
        with pytest.raises(Invalid):
            call()
    assert server.requests == []

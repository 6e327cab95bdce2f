"""Forms of open notebooks over REST: asked for, filled in once, looked at by the cell that waits."""

from __future__ import annotations

import threading
from typing import Any

import httpx
import pytest
from serving import Server

SCHEMA = {"type": "object", "properties": {"low": {"type": "integer", "maximum": 9}}, "required": ["low"]}


def ask(server: Server, schema: Any = SCHEMA) -> str:
    answer = server.api.post("forms", json={"schema": schema})
    assert answer.status_code == 201, answer.text
    form_id: str = answer.json()["id"]
    return form_id


def test_what_is_filled_in_reaches_whoever_waits_for_it(server: Server) -> None:
    form = ask(server)
    assert server.api.get(f"forms/{form}").json() == {"id": form, "is_submitted": False, "value": None}
    looked: list[httpx.Response] = []
    waiting = threading.Thread(target=lambda: looked.append(server.api.get(f"forms/{form}?seconds=20")))
    waiting.start()
    assert server.api.put(f"forms/{form}", json={"value": {"low": 2}}).status_code == 200
    waiting.join()
    assert looked[0].json() == {"id": form, "is_submitted": True, "value": {"low": 2}}
    again = server.api.put(f"forms/{form}", json={"value": {"low": 3}})
    assert (again.status_code, again.json()["code"]) == (409, "form_submitted")
    assert server.api.get(f"forms/{form}").json()["value"] == {"low": 2}


@pytest.mark.parametrize("value", [{"low": 10}, {"low": "2"}, {}, None, []])
def test_what_the_schema_forbids_is_refused_and_may_be_corrected(server: Server, value: Any) -> None:
    form = ask(server)
    refused = server.api.put(f"forms/{form}", json={"value": value})
    assert (refused.status_code, refused.json()["code"]) == (400, "value_invalid")
    assert server.api.put(f"forms/{form}", json={"value": {"low": 9}}).status_code == 200


def test_null_is_a_value(server: Server) -> None:
    form = ask(server, {"type": ["string", "null"]})
    assert server.api.put(f"forms/{form}", json={"value": None}).json()["is_submitted"] is True


def test_what_is_no_schema_is_no_form(server: Server) -> None:
    for schema in ({"type": 5}, [], {"$ref": "https://evil.example/schema.json"}):
        assert server.api.post("forms", json={"schema": schema}).status_code == 400


def test_who_waits_for_a_form_that_is_taken_away_is_told(server: Server) -> None:
    form = ask(server)
    looked: list[httpx.Response] = []
    waiting = threading.Thread(target=lambda: looked.append(server.api.get(f"forms/{form}?seconds=20")))
    waiting.start()
    assert server.api.delete(f"forms/{form}").status_code == 204
    waiting.join()
    assert (looked[0].status_code, looked[0].json()["code"]) == (404, "form_not_found")
    assert server.api.put(f"forms/{form}", json={"value": {"low": 1}}).status_code == 404
    assert server.api.delete(f"forms/{form}").status_code == 204


def test_the_code_of_a_session_neither_asks_nor_answers(server: Server) -> None:
    form = ask(server)
    call = server.notebook("forms/report.ipynb", "1 + 1")
    with server.begin(server.api.post("sessions", json={"call": call}).json()["id"]) as code:
        assert code.post("forms", json={"schema": {}}).status_code == 403
        assert code.get(f"forms/{form}").status_code == 403
        assert code.put(f"forms/{form}", json={"value": {"low": 1}}).status_code == 403
        assert code.delete(f"forms/{form}").status_code == 403
    assert server.api.get(f"forms/{form}").json()["is_submitted"] is False

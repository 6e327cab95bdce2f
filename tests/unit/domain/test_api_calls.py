"""Calls of APIs: which definitions are taken, and what becomes of placeholders."""

from __future__ import annotations

import json
from typing import Any

import pytest

from notebook_automation.domain.api_calls import ApiCall, api_call_of, idempotency_key, is_api_call, parse_api_call
from notebook_automation.domain.api_requests import ApiRequest, PlaceholderValues, filled
from notebook_automation.domain.errors import Invalid

URL = "https://api.example.com/report"


def _request(values: PlaceholderValues | None = None, **given: Any) -> ApiRequest:
    return filled(parse_api_call({"url": URL, **given}), values or PlaceholderValues(), "key-1")


def _values(**parameters: Any) -> PlaceholderValues:
    return PlaceholderValues(
        secrets={"TOKEN": "s3cret-value", "HOOK": "https://hooks.example.com/T0/B0/xyz"},
        variables={"API": "https://api.example.com/v1", "TEAM": "a b"}, parameters=parameters,
    )  # fmt: skip


def test_what_is_not_named_gets_its_default() -> None:
    call = parse_api_call({"url": URL})
    assert call == ApiCall(url=URL, method="GET")
    assert parse_api_call({"url": URL, "kind": "webhook"}).method == "POST"
    assert parse_api_call(call.to_dict()) == call
    assert call.changed_fields() == {"url": URL}
    assert parse_api_call({"url": URL, "method": "delete"}).method == "DELETE"


@pytest.mark.parametrize(
    "given",
    [
        {}, {"url": ""}, {"url": 7}, {"url": "api.example.com"}, {"url": "ftp://example.com/"}, {"url": "https://"},
        {"url": "https://a:b@example.com/"}, {"url": "https://example.com/a b"},
        {"url": "https://example.com/\r\nX: y"},
        {"url": "https://example.com:0/"}, {"url": "https://example.com\\@evil.example/"}, {"url": "https://exämple.com/"},
        {"url": "file:///etc/passwd"}, {"url": "https://{{param:host}}/x"}, {"url": "https://a{{param:host}}/x"},
        {"url": "{{param:url}}"}, {"url": "https://x/{{other:x}}"}, {"url": "https://x/{{x}}"},
        {"url": f"{URL}?{'x' * 8000}"},
        {"url": URL, "method": "TRACE"}, {"url": URL, "method": 7}, {"url": URL, "kind": "cron"},
        {"url": URL, "headers": ["a"]}, {"url": URL, "headers": {"a b": "c"}}, {"url": URL, "headers": {"a": 1}},
        {"url": URL, "headers": {"a": "b\r\nc: d"}}, {"url": URL, "headers": {"Host": "evil"}},
        {"url": URL, "headers": {"Content-Length": "1"}}, {"url": URL, "headers": {"a": "1", "A": "2"}},
        {"url": URL, "headers": {"a": "\u20ac"}}, {"url": URL, "headers": {str(n): "x" for n in range(51)}},
        {"url": URL, "body": "x"}, {"url": URL, "method": "HEAD", "body": {}},
        {"url": URL, "method": "POST", "body": "x" * 300_000}, {"url": URL, "timeout": 0}, {"url": URL, "timeout": 301},
        {"url": URL, "timeout": float("nan")}, {"url": URL, "timeout": True}, {"url": URL, "redirects": True},
    ],
)  # fmt: skip
def test_what_cannot_be_sent_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as error:
        parse_api_call(given)
    assert error.value.code == "api_call_invalid"
    assert str(error.value.details["field"]).startswith("api_call")


@pytest.mark.parametrize("name", ["Authorization", "authorization", "X-API-Key", "Cookie"])
@pytest.mark.parametrize("value", ["Bearer s3cret", "Bearer {{var:TOKEN}}", "{{param:token}}"])
def test_a_credential_that_is_written_out_is_refused(name: str, value: str) -> None:
    with pytest.raises(Invalid) as error:
        parse_api_call({"url": URL, "headers": {name: value}})
    assert error.value.code == "secret_in_clear"
    assert parse_api_call({"url": URL, "headers": {name: "Bearer {{secret:TOKEN}}"}})


def test_placeholders_are_filled_in_and_secrets_are_shown_by_their_names() -> None:
    request = _request(
        _values(id="a/b?c#d", count=3, who="ana"), url="{{var:API}}/users/{{param:id}}?token={{secret:TOKEN}}",
        method="PUT", headers={"Authorization": "Bearer {{secret:TOKEN}}", "X-Who": "{{param:who}} of {{var:TEAM}}"},
        body={"n": "{{param:count}}", "text": "{{param:count}} for {{ param:who }}", "key": ["{{secret:TOKEN}}"]},
    )  # fmt: skip
    assert request.url == "https://api.example.com/v1/users/a%2Fb%3Fc%23d?token=s3cret-value"
    assert request.headers["Authorization"] == "Bearer s3cret-value"
    assert request.headers["X-Who"] == "ana of a b"
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.body or b"") == {"n": 3, "text": "3 for ana", "key": ["s3cret-value"]}
    assert "s3cret" not in json.dumps(request.shown)
    assert "s3cret" not in repr(request)
    assert request.shown["headers"]["Authorization"] == "Bearer {{secret:TOKEN}}"
    assert request.shown["url"] == "https://api.example.com/v1/users/a%2Fb%3Fc%23d?token={{secret:TOKEN}}"


def test_a_secret_may_be_the_whole_address() -> None:
    assert _request(_values(), url="{{secret:HOOK}}").url == "https://hooks.example.com/T0/B0/xyz"
    with pytest.raises(Invalid):
        _request(_values(), url="{{secret:TOKEN}}")


def test_what_an_event_brings_cannot_ask_for_a_secret() -> None:
    values = _values(x="{{secret:TOKEN}}", y={"deep": "{{secret:TOKEN}}"})
    request = _request(values, method="POST", url=f"{URL}?x={{{{param:x}}}}", headers={"X": "{{param:x}}"},
                       body={"x": "{{param:x}}", "t": "-{{param:x}}-", "y": "{{param:y}}"})  # fmt: skip
    sent = f"{request.url} {request.headers} {request.body!r}"
    assert "s3cret" not in sent


@pytest.mark.parametrize("part", [".", ".."])
def test_a_parameter_does_not_lead_out_of_its_place_in_the_path(part: str) -> None:
    with pytest.raises(Invalid):
        _request(_values(id=part), url="https://api.example.com/users/{{param:id}}/posts")


def test_a_parameter_adds_no_header() -> None:
    with pytest.raises(Invalid):
        _request(_values(who="x\r\nX-Admin: 1"), headers={"X-Who": "{{param:who}}"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{secret:NONE}}", "no secret 'NONE'"), ("{{var:NONE}}", "no variable 'NONE'"),
        ("{{param:none}}", "no parameter 'none'"), ("{{var:TOKEN}}", "is a secret"),
        ("{{secret:TEAM}}", "is no secret"),
    ],
)  # fmt: skip
def test_what_a_placeholder_names_has_to_be_there(text: str, said: str) -> None:
    with pytest.raises(Invalid, match=said) as error:
        _request(_values(), headers={"X": text})
    assert error.value.code == "api_call_value_missing"


def test_bodies_as_they_are_sent() -> None:
    text = _request(method="POST", body="a=1&b=2", headers={"content-type": "application/x-www-form-urlencoded"})
    assert text.body == b"a=1&b=2"
    assert "Content-Type" not in text.headers
    assert _request(method="POST").body is None
    usual = _request(PlaceholderValues(usual_body={"task": "x/y"}), kind="webhook")
    assert json.loads(usual.body or b"") == {"task": "x/y"}
    with pytest.raises(Invalid):
        _request(_values(x="x" * 1_100_000), method="POST", body={"x": "{{param:x}}"})


def test_sessions_know_what_they_call() -> None:
    call = parse_api_call({"url": f"{URL}?token=1", "method": "POST"})
    assert call.call == "POST https://api.example.com/report"
    assert is_api_call(call.call)
    assert is_api_call(parse_api_call({"url": "{{secret:HOOK}}"}).call)
    for file in ("report.ipynb", "GET data.ipynb", "program.py:https", "GET https.ipynb:x"):
        assert not is_api_call(file)
    config = {"trigger": {"api_call": call.to_dict()}}
    assert api_call_of(call.call, config) == call
    # A rule beside it may call a notebook.
    assert api_call_of("report.ipynb", config) is None
    assert api_call_of(call.call, {}) is None


def test_all_tries_of_an_event_have_one_key() -> None:
    call, other = parse_api_call({"url": URL}), parse_api_call({"url": f"{URL}/2"})
    assert idempotency_key("ses_1", "evt_1", call) == idempotency_key("ses_2", "evt_1", call)
    keys = [
        idempotency_key("ses_1", "evt_1", call), idempotency_key("ses_1", "evt_2", call),
        idempotency_key("ses_1", "evt_1", other), idempotency_key("ses_1", None, call),
    ]  # fmt: skip
    assert len(set(keys)) == 4
    assert _request(headers={"idempotency-key": "own"}).headers == {"idempotency-key": "own"}
    assert _request().headers["Idempotency-Key"] == "key-1"


def test_what_it_needs() -> None:
    call = parse_api_call(
        {"url": "{{secret:A}}", "method": "POST", "headers": {"X": "{{var:B}}"},
         "body": [{"x": "{{param:c}}{{secret:A}}"}]}
    )  # fmt: skip
    assert (call.names("secret"), call.names("var"), call.names("param")) == (["A"], ["B"], ["c"])

"""A webhook's request is read into data, or refused with a reason; never anything between."""

from __future__ import annotations

import base64
import contextlib
import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notebook_automation.domain.deliveries import (
    MAX_FORM_FIELDS,
    MAX_HEADERS,
    MAX_JSON_DEPTH,
    Delivery,
    delivery_key,
    parse_json,
    read_delivery,
)
from notebook_automation.domain.errors import Invalid, TooLarge, UnsupportedMediaType

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def read(body: bytes | str = b"", content_type: str | None = None, **changed: Any) -> dict[str, Any]:
    raw = body.encode() if isinstance(body, str) else body
    headers = [] if content_type is None else [("Content-Type", content_type)]
    given: dict[str, Any] = {"method": "POST", "url": "http://x/w/a", "path": "a", "query": "", "headers": headers}
    return read_delivery(Delivery(body=raw, **{**given, **changed}))


def test_data_has_all_that_handlers_are_promised() -> None:
    headers = [("Content-Type", "application/json; charset=UTF-8"), ("X-Shop", "7"), ("X-Shop", "8")]
    data = read('{"n": 1}', headers=headers, query="a=1&b=&a=2", path="orders/7")
    assert data == {
        "method": "POST", "url": "http://x/w/a", "path": "orders/7", "query": {"a": ["1", "2"], "b": ""},
        "headers": {"content-type": "application/json; charset=UTF-8", "x-shop": "7,8"},
        "body": {"text": '{"n": 1}', "json": {"n": 1}, "form": None, "bytes": None},
        "json": {"n": 1},
    }  # fmt: skip


@pytest.mark.parametrize("name", ["Authorization", "COOKIE", "Proxy-Authorization"])
def test_credentials_of_the_sender_are_not_kept(name: str) -> None:
    assert read(headers=[(name, "secret")])["headers"] == {}


def test_an_empty_body_is_nothing_whatever_its_type() -> None:
    for content_type in (None, JSON, FORM, "video/mp4", "application/x-unheard-of"):
        assert set(read(b"", content_type)["body"].values()) == {None}


@pytest.mark.parametrize(
    ("content_type", "raw", "kind", "value"),
    [
        (JSON, b"[1]", "json", [1]),
        ("text/json", b"[1]", "json", [1]),
        ("application/cloudevents+json", b"[1]", "json", [1]),
        ("APPLICATION/JSON;charset=utf-8", b"[1]", "json", [1]),
        (FORM, b"a=1&b=%C3%BC&a=2&c=", "form", {"a": ["1", "2"], "b": "ü", "c": ""}),
        ("text/plain", "ü".encode(), "text", "ü"),
        ("text/plain; charset=iso-8859-1", "ü".encode("latin-1"), "text", "ü"),
        ("text/csv", b"a,b", "text", "a,b"),
        ("application/xml", b"<a/>", "text", "<a/>"),
        ("application/atom+xml", b"<a/>", "text", "<a/>"),
        (None, b"plain", "text", "plain"),
        ("application/octet-stream", b"\xff\x00", "bytes", base64.b64encode(b"\xff\x00").decode()),
        ("image/png", b"\x89PNG\xff", "bytes", base64.b64encode(b"\x89PNG\xff").decode()),
        ("text/plain", b"\xff\xfe", "bytes", base64.b64encode(b"\xff\xfe").decode()),
        ("text/plain", b"a\0b", "bytes", base64.b64encode(b"a\0b").decode()),
    ],
)
def test_each_declared_type_has_one_reader(content_type: str | None, raw: bytes, kind: str, value: Any) -> None:
    body = read(raw, content_type)["body"]
    assert body[kind] == value
    others = {"json", "form", "bytes"} - {kind}
    assert all(body[other] is None for other in others)


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data; boundary=x", "application/pdf", "application/x-www-form-urlencoded-not", "json",
        "application/jsonx", "application/x-python-pickle", "text/plain; charset=utf-7", "text/plain; charset=punycode",
        "application/json; charset=utf-16", "text/plain; charset=base64",
    ],
)  # fmt: skip
def test_what_is_declared_as_something_else_is_415_and_not_guessed(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaType) as refused:
        read(b'{"n": 1}', content_type)
    assert refused.value.status == 415


def test_json_that_is_not_declared_as_json_is_text() -> None:
    assert read('{"n": 1}', "text/plain")["json"] is None
    assert read("a=1", "text/plain")["body"]["form"] is None


@pytest.mark.parametrize(
    "text",
    [
        "", " ", "{", "[1,]", "{'a': 1}", "{a: 1}", "[1] [2]", "01", "+1", "1.", "\ufeff[1]", '"a', '"a\nb"', "nul",
        '{"a": 1, "a": 1}', '{"b": {"a": 1, "a": 2}}', '[{"a": 1, "\\u0061": 2}]',
        "NaN", "[Infinity]", '{"a": -Infinity}', "1e400", "[-1e999]",
        "9" * 401, "-" + "9" * 5000, "[" + "1" * 100_000 + "]",
        '"\\ud800"', '["\\udc00\\ud800"]', '{"\\ud800": 1}', '"\\u0000"', '{"a\\u0000": 1}', '"a\0b"',
        "[" * 5000 + "]" * 5000, "[" * 100_000, '{"a":' * 5000 + "1" + "}" * 5000, "[" * 33 + "]" * 33,
        "[" * 33 + "1" + "]" * 33,
    ],
    ids=lambda text: repr(text[:24]),
)  # fmt: skip
def test_json_that_is_hostile_or_unclear_is_400(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_json(text)
    assert (refused.value.code, refused.value.status) == ("body_invalid", 400)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("9223372036854775808", 2**63), ("1" * 400, int("1" * 400)), ("1e308", 1e308), ("-0", 0), ('"\\/"', "/"),
        ('["\\\\\\\\u0000", "\\u0041"]', ["\\\\u0000", "A"]),
        ('"\\ud83d\\ude00"', "\U0001f600"), ('"\\\\u0000"', "\\u0000"),
        ('"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["', "[" * 36), ('{"": {"a": [], "b": {}}}', {"": {"a": [], "b": {}}}),
    ],
    ids=lambda value: repr(value)[:24],
)  # fmt: skip
def test_json_that_is_unusual_is_read_as_it_says(text: str, value: Any) -> None:
    assert parse_json(text) == value


def test_json_may_be_as_deep_as_the_limit_says() -> None:
    for deepest in ("", "1", '"x"'):
        text = "[" * MAX_JSON_DEPTH + deepest + "]" * MAX_JSON_DEPTH
        assert parse_json(text) == json.loads(text)
    wide = {"a": [[{"b": [number]}] for number in range(1000)]}
    assert parse_json(json.dumps(wide)) == wide


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), inner, max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(_values, st.booleans())
@settings(max_examples=200, deadline=None)
def test_every_json_value_comes_through_as_it_was_sent(value: Any, ascii: bool) -> None:
    assert parse_json(json.dumps(value, ensure_ascii=ascii)) == value


@given(st.binary(max_size=200), st.sampled_from([None, JSON, FORM, "text/plain", "application/octet-stream"]))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_or_refused_and_what_is_read_can_be_stored(raw: bytes, content_type: str | None) -> None:
    with contextlib.suppress(Invalid):
        data = read(raw, content_type)
        assert json.dumps(data, allow_nan=False, ensure_ascii=False).encode("utf-8")


def test_json_of_a_megabyte_is_read_in_a_moment() -> None:
    hostile = ["[" + "{},[]," * 170_000 + "0]", '{"a":"' + "\\u005b" * 170_000 + '"}', '["' + "[{" * 500_000 + '"]']
    for text in hostile:
        started = time.process_time()
        parse_json(text)
        assert time.process_time() - started < 2.0


def test_many_headers_and_fields_are_413() -> None:
    assert len(read(headers=[(f"x-{number}", "") for number in range(MAX_HEADERS)])["headers"]) == MAX_HEADERS
    with pytest.raises(TooLarge):
        read(headers=[(f"x-{number}", "") for number in range(MAX_HEADERS + 1)])
    fields = "&".join(f"a{number}=1" for number in range(MAX_FORM_FIELDS))
    assert len(read(fields, FORM)["body"]["form"]) == MAX_FORM_FIELDS
    for refused in ({"body": fields + "&b=1", "content_type": FORM}, {"query": fields + "&b=1"}):
        with pytest.raises(TooLarge):
            read(**refused)
    with pytest.raises(TooLarge):
        read("&" * 1_000_000, FORM)


@pytest.mark.parametrize("raw", [b"a=%ff", b"\xff=1"])
def test_a_form_that_is_no_text_is_400(raw: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        read(raw, FORM)
    assert refused.value.code == "body_invalid"


@pytest.mark.parametrize("changed", [{"path": "a\ud800"}, {"url": "http://x/\udfff"}, {"headers": [("x", "\ud800")]}])
def test_an_address_or_header_that_no_database_can_hold_is_400(changed: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        read(**changed)
    assert refused.value.status == 400


def test_the_senders_id_of_a_delivery_is_found_by_the_headers_that_senders_use() -> None:
    assert delivery_key({"x-github-delivery": "72d3"}) == "x-github-delivery:72d3"
    assert delivery_key({"webhook-id": "msg_1"}) == "webhook-id:msg_1"
    assert delivery_key({"webhook-id": "msg_1", "idempotency-key": "k"}) == "idempotency-key:k"
    assert delivery_key({"idempotency-key": ""}) is None
    assert delivery_key({"x-request-id": "1"}) is None


def test_long_ids_that_begin_alike_are_not_taken_for_each_other() -> None:
    one, other = (delivery_key({"idempotency-key": "k" * 300 + end}) for end in "ab")
    assert one != other
    assert len(one or "") < 300

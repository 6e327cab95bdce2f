"""A webhook's request is read into data with all that handlers are promised, and kept without losing any of it."""

from __future__ import annotations

import base64
import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notebook_automation.domain.deliveries import MAX_HEADERS, Delivery, kept_form, read_delivery, whole_form
from notebook_automation.domain.delivery_bodies import MAX_FORM_FIELDS
from notebook_automation.domain.errors import Invalid, TooLarge

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def read(body: bytes | str = b"", content_type: str | None = None, **changed: Any) -> dict[str, Any]:
    raw = body.encode() if isinstance(body, str) else body
    headers = [] if content_type is None else [("Content-Type", content_type)]
    given: dict[str, Any] = {"method": "POST", "url": "http://x/w/a", "path": "a", "query": "", "headers": headers}
    return read_delivery(Delivery(body=raw, **{**given, **changed}))


def test_data_has_all_that_handlers_are_promised() -> None:
    headers = [("Content-Type", "application/json; charset=UTF-8"), ("X-Shop", "7"), ("X-Shop", "8")]
    url = "https://shop.example:8080/w/orders/7%20a?a=1&b=&a=2"
    data = read('{"n": 1}', url=url, headers=headers, query="a=1&b=&a=2", path="orders/7 a")
    query = {"a": ["1", "2"], "b": ""}
    assert data == {
        "method": "POST", "path": "orders/7 a", "query": query, "raw_url": url, "trailers": {},
        "url": {
            "scheme": "https", "host": "shop.example:8080", "path": "/w/orders/7 a", "path_suffix": "orders/7 a",
            "query": query, "raw_query": "a=1&b=&a=2",
        },
        "headers": {"content-type": "application/json; charset=UTF-8", "x-shop": "7,8"},
        "body": {
            "kind": "json", "content_type": "application/json", "charset": "utf-8", "size": 8, "text": '{"n": 1}',
            "json": {"n": 1}, "form": None, "files": None, "bytes": base64.b64encode(b'{"n": 1}').decode(),
        },
        "json": {"n": 1},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content_type", "raw"),
    [
        (JSON, b'{"n": 1}'), (JSON, b"\xef\xbb\xbf[1]"), ("", b""), (FORM, b"payload=%7B%7D"), (FORM, b"a=\xfc"),
        ("text/plain; charset=latin-1", b"\xfc"), ("application/pdf", b"%PDF\0\xff"), ("text/plain", b"a\0b"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--x--'),
    ],
)  # fmt: skip
def test_what_is_kept_of_a_delivery_is_read_again_as_it_was(content_type: str, raw: bytes) -> None:
    data = read(raw, content_type, query="a=1&a=2")
    kept = json.loads(json.dumps(kept_form(data)))
    assert whole_form(kept) == data


def test_a_body_is_kept_once() -> None:
    for raw in (json.dumps({"text": "x" * 10_000}), b"\xff" * 10_000):
        assert len(json.dumps(kept_form(read(raw, "text/plain")))) < 14_000


def test_what_was_kept_in_another_form_stays_as_it_is() -> None:
    for data in (None, {}, {"n": 1}, {"body": {"json": 1}, "json": 1}, [1], {"delivery": 1, "other": 2}):
        assert whole_form(data) == data
        assert kept_form(data) == data


def test_a_kept_delivery_that_would_be_refused_today_can_still_be_seen() -> None:
    kept = kept_form(read("{}", JSON))
    kept["delivery"]["text"] = "{broken"
    data = whole_form(kept)
    assert (data["json"], data["body"]["text"]) == (None, "{broken")


@given(st.binary(max_size=100), st.sampled_from(["", JSON, FORM, "text/plain; charset=utf-16", "application/x-ndjson"]))
@settings(max_examples=200)
def test_whatever_is_taken_is_kept_whole(raw: bytes, content_type: str) -> None:
    with contextlib.suppress(Invalid):
        data = read(raw, content_type)
        assert whole_form(json.loads(json.dumps(kept_form(data)))) == data


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


@pytest.mark.parametrize("changed", [{"path": "a\ud800"}, {"url": "http://x/\udfff"}, {"headers": [("x", "\ud800")]}])
def test_an_address_or_header_that_no_database_can_hold_is_400(changed: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        read(**changed)
    assert refused.value.status == 400


@pytest.mark.parametrize("url", ["http://[/x", "//", "", "http://x:y:z/%ff%00"])
def test_an_address_that_no_url_is_does_no_harm(url: str) -> None:
    assert read(url=url)["raw_url"] == url

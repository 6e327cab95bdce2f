"""Which HTTP answer an outcome is, whole or in parts; what of it is hidden."""

from __future__ import annotations

import base64
import itertools
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebook_automation.domain.errors import Invalid, TooLarge
from notebook_automation.domain.masking import Masker
from notebook_automation.domain.responses import (
    MAX_PART,
    HandedOut,
    Stream,
    handed_out,
    response_of,
    validate_response,
)

SECRET = "pässwörd-4711"
LIMIT = 1024 * 1024


def streamed(https: Sequence[dict[str, Any] | None], masker: Masker, limit: int = LIMIT) -> list[HandedOut]:
    """What becomes of the parts of one response."""
    made: list[HandedOut] = []
    for number, http in enumerate(https, 1):
        before = made[-1].stream if made else None
        more = number < len(https)
        made.append(handed_out(None, http, more=more, masker=masker, open_stream=before, limit=limit))
    return made


def body_of(parts: Sequence[HandedOut]) -> bytes:
    return b"".join(response_of(None, part.http).body for part in parts)


def test_an_outcome_without_an_http_part_is_its_value_as_json() -> None:
    answer = response_of({"a": [1, None]}, None)
    assert (answer.status, answer.body, answer.headers) == (
        200, b'{"a":[1,null]}', {"Content-Type": "application/json"},
    )  # fmt: skip


@pytest.mark.parametrize(
    "name",
    [
        # Of the connection.
        "Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding",
        "Upgrade", "Content-Length", "Date", "Server",
        # Of the origin, which is that of the Jupyter server.
        "Set-Cookie", "set-cookie2", "Clear-Site-Data", "Content-Security-Policy", "X-Content-Type-Options",
        "Strict-Transport-Security", "Service-Worker-Allowed", "Alt-Svc", "NEL", "Report-To", "Reporting-Endpoints",
    ],
)  # fmt: skip
def test_headers_that_are_not_the_sessions_to_say_are_dropped(name: str) -> None:
    answer = response_of(None, {"status": 200, "body": "x", "headers": {name: "y", "X-Kept": "z"}})
    assert answer.headers == {"Content-Type": "text/plain; charset=utf-8", "X-Kept": "z"}


def test_a_type_that_is_given_stays_whatever_its_case() -> None:
    answer = response_of(None, {"json": {}, "headers": {"CONTENT-TYPE": "application/ld+json"}})
    assert answer.headers == {"CONTENT-TYPE": "application/ld+json"}


def test_nothing_has_no_type() -> None:
    assert response_of(None, {"status": 302, "headers": {"Location": "/x"}}).headers == {"Location": "/x"}


@pytest.mark.parametrize("value", ["a\r\nb", "a\nb", "a\x00b", "\u2028", "\x7f"])
def test_a_header_cannot_smuggle_another(value: str) -> None:
    with pytest.raises(Invalid) as refused:
        validate_response({"headers": {"X-A": value}})
    assert refused.value.code == "response_invalid"


@given(before=st.text(max_size=8), after=st.text(max_size=8), cuts=st.lists(st.integers(0, 60), max_size=6))
def test_a_secret_is_hidden_wherever_parts_cut_it(before: str, after: str, cuts: list[int]) -> None:
    content = f"{before}{SECRET}{after}".encode("utf-8", "replace")
    edges = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]
    pieces = [content[start:end] for start, end in itertools.pairwise(edges)]
    https = [{"body_base64": base64.b64encode(piece).decode()} for piece in pieces]
    masker = Masker([SECRET])
    parts = streamed(https, masker)
    assert body_of(parts) == masker.text(content.decode()).encode()
    for part in parts:
        assert part.stream is not None or len(parts) == 1


@given(content=st.binary(max_size=60), cut=st.integers(0, 60))
def test_what_is_no_text_comes_as_it_was_sent(content: bytes, cut: int) -> None:
    pieces = [content[:cut], content[cut:]]
    https = [{"body_base64": base64.b64encode(piece).decode()} for piece in pieces]
    assert body_of(streamed(https, Masker([SECRET]))) == content


def test_what_is_sent_so_far_is_counted_as_it_is_sent() -> None:
    parts = streamed([{"body": SECRET[:5]}, {"body": SECRET[5:] + " x"}, {"body": "yz"}], Masker([SECRET]))
    # The first five characters (of seven bytes) may begin the secret: they wait for what follows.
    assert [part.stream and part.stream.sent for part in parts] == [0, 5, 7]
    assert [len(part.stream.withheld) if part.stream else None for part in parts] == [6, 0, 0]
    assert body_of(parts) == b"*** xyz"


def test_only_the_first_part_has_a_head_and_each_json_is_a_line() -> None:
    first = {"status": 201, "headers": {"X-A": f"b {SECRET}"}, "json": {"n": 1}}
    parts = streamed([first, {"status": 500, "headers": {"X-B": "c"}, "json": [2]}, {"body": "end"}], Masker([SECRET]))
    assert parts[0].http == {
        "status": 201, "headers": {"Content-Type": "application/x-ndjson", "X-A": "b ***"}, "body": '{"n":1}\n',
    }  # fmt: skip
    assert [part.http for part in parts[1:]] == [{"body": "[2]\n"}, {"body": "end"}]


def test_a_type_that_is_given_stays_that_of_a_stream() -> None:
    head = {"headers": {"content-type": "text/event-stream"}, "body": "data: 1\n\n"}
    [first, _] = streamed([head, {"body": ""}], Masker())
    assert first.http == {"status": 200, **head}


@pytest.mark.parametrize(("value", "text"), [(None, b""), ({"rows": 2}, b'{"rows":2}\n')])
def test_a_last_outcome_ends_a_stream_with_its_value(value: Any, text: bytes) -> None:
    ending = handed_out(value, None, more=False, masker=Masker(), open_stream=Stream(sent=3), limit=LIMIT)
    assert ending.http is not None
    assert response_of(None, ending.http).body == text
    assert ending.stream == Stream(sent=3 + len(text))


def test_a_value_for_nobody_in_particular_is_no_part_of_a_stream() -> None:
    between = handed_out({"n": 1}, None, more=True, masker=Masker(), open_stream=Stream(sent=3), limit=LIMIT)
    assert (between.value, between.http, between.stream) == ({"n": 1}, None, None)


def test_a_whole_answer_is_hidden_from_too() -> None:
    masker = Masker([SECRET])
    http = {"status": 200, "headers": {"X-A": SECRET}, "json": {SECRET: [SECRET, 1]}}
    whole = handed_out({"a": SECRET}, http, more=False, masker=masker, open_stream=None, limit=LIMIT)
    assert whole == HandedOut(
        value={"a": "***"}, more=False, http={"status": 200, "headers": {"X-A": "***"}, "json": {"***": ["***", 1]}}
    )
    packed = {"body_base64": base64.b64encode(b"\xff" + SECRET.encode()).decode()}
    whole = handed_out(None, packed, more=False, masker=masker, open_stream=None, limit=LIMIT)
    assert response_of(None, whole.http).body == b"\xff***"


def test_a_part_and_a_whole_stream_have_an_end() -> None:
    with pytest.raises(TooLarge) as refused:
        streamed([{"body": "x" * (MAX_PART + 1)}, {"body": ""}], Masker())
    assert refused.value.code == "part_too_large"
    with pytest.raises(TooLarge, match="webhook_answer_max") as refused:
        streamed([{"body": "x" * 60}, {"body": "x" * 60}], Masker(), limit=100)
    assert refused.value.code == "answer_too_large"

"""Which HTTP answer an outcome is."""

from __future__ import annotations

import pytest

from notebook_automation.domain.errors import Invalid
from notebook_automation.services.responses import response_of, validate_response


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

"""Which headers of a delivery are credentials, and what of them must not be shown."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from notebook_automation.domain.credentials import credentials_of, masked_headers, secret_texts, with_headers


def test_credentials_are_found_and_the_other_headers_are_not() -> None:
    headers = {"authorization": "Bearer abcdefgh", "cookie": "sid=12345678", "x-gitlab-token": "t0ken", "x-shop": "7"}
    found = credentials_of({"headers": headers})
    assert found == {name: headers[name] for name in ("authorization", "cookie", "x-gitlab-token")}
    assert with_headers({"n": 1, "headers": headers}, masked_headers(found)) == {
        "n": 1, "headers": {"authorization": "***", "cookie": "***", "x-gitlab-token": "***", "x-shop": "7"},
    }  # fmt: skip


@pytest.mark.parametrize("data", [None, [], {}, {"headers": None}, {"headers": {"x-shop": "7"}}, "text"])
def test_other_data_has_none(data: Any) -> None:
    assert credentials_of(data) == {}


def test_what_is_hidden_is_the_value_its_token_its_password_and_long_cookies() -> None:
    basic = "Basic " + base64.b64encode(b"ana:hunter22").decode()
    texts = secret_texts({"authorization": basic, "cookie": "sid=0123456789; dark=true; x"})
    assert {basic, basic[6:], "ana:hunter22", "hunter22", "0123456789", "sid=0123456789; dark=true; x"} == {*texts}
    assert secret_texts({"authorization": "Basic not-base64"}) == ["Basic not-base64", "not-base64"]
    assert secret_texts({"x-api-key": "abc"}) == []

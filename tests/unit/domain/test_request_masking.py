"""What gives access is in no log, wherever it stands in a request or its answer."""

from __future__ import annotations

import json

import pytest

from notebook_automation.domain.masking import Masker
from notebook_automation.domain.request_masking import LONGEST_MASKED, RequestMasker

SECRET = "tr0ub4dor&3"
SLUG = "q3x7m2k9p4n8r5t6v1w0y2z3ab"
MASKER = RequestMasker(Masker([SECRET]))


@pytest.mark.parametrize(
    "name",
    [
        "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie", "X-Hub-Signature-256", "Stripe-Signature",
        "X-Gitlab-Token", "X-Api-Key", "X-XSRFToken", "X-Amz-Security-Token", "webhook-signature", "X-Client-Secret",
    ],
)  # fmt: skip
def test_headers_that_give_access_are_masked_by_their_names(name: str) -> None:
    assert MASKER.headers([(name, "hunter2")]) == {name: "***"}


def test_other_headers_stay_and_several_of_one_name_are_joined() -> None:
    given = [("User-Agent", "curl/8"), ("X-Author", "ana"), ("Accept", "a"), ("Accept", "b")]
    assert MASKER.headers(given) == {"User-Agent": "curl/8", "X-Author": "ana", "Accept": "a, b"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (
            f"https://h/notebook-automation/webhooks/{SLUG}/push?x=1",
            "https://h/notebook-automation/webhooks/***/push?x=1",
        ),
        (
            "https://h/notebook-automation/inquiries/answer/aZ09_-q",
            "https://h/notebook-automation/inquiries/answer/***",
        ),
        ("see webhooks/inbox/github", "see webhooks/inbox/github"),
        ("http://h/lab?token=abc&a=1", "http://h/lab?token=***&a=1"),
        ("http://h/x?api_key=abc#top", "http://h/x?api_key=***#top"),
        ("http://ana:hunter2@h/", "http://***@h/"),
        ("Authorization: Bearer abcdefgh.ijk", "Authorization: Bearer ***"),
        ("nas_AbC-09_x is it", "*** is it"),
        (f"pw {SECRET}.", "pw ***."),
        ("dHIwdWI0ZG9yJjM=", "***M="),
    ],
)
def test_texts_are_masked_wherever_it_stands(text: str, shown: str) -> None:
    assert MASKER.text(text) == shown


def test_a_query_is_masked_by_the_names_in_it_and_by_secrets_as_they_are_quoted() -> None:
    query = "project=sales&%74oken=abc&_xsrf=2%7Cab&sig=abc&key=k&q=tr0ub4dor%263&empty="
    assert MASKER.query(query) == "project=sales&%74oken=***&_xsrf=***&sig=***&key=***&q=***&empty="


def test_of_an_address_that_is_none_of_ours_no_long_part_is_kept() -> None:
    path = f"/notebook-automation/webhook/{SLUG}/trg_01jq3x7m2k9p4n8r5t6v1w0y2z"
    assert MASKER.path(path, is_known=False) == "/***/webhook/***/trg_01jq3x7m2k9p4n8r5t6v1w0y2z"
    assert MASKER.path(path, is_known=True) == path


def test_a_body_is_masked_by_names_at_any_depth_and_before_it_is_cut() -> None:
    body = {
        "name": "KEY", "value": "v", "secret": True, "author": "ana",
        "deep": [{"access_token": {"a": 1}, "note": f"it is {SECRET}", "url": f"http://h/webhooks/{SLUG}"}],
        "password": None,
    }  # fmt: skip
    shown = json.loads(MASKER.body(json.dumps(body).encode(), "application/json", 10_000))
    assert shown == {
        "name": "KEY", "value": "***", "secret": True, "author": "ana",
        "deep": [{"access_token": "***", "note": "it is ***", "url": "http://h/webhooks/***"}],
        "password": None,
    }  # fmt: skip
    # Cut in the middle of where the secret was: nothing of it may be left.
    for most in range(60):
        assert "tr0ub" not in MASKER.body(json.dumps({"note": f"it is {SECRET}"}).encode(), "", most)


@pytest.mark.parametrize(
    ("body", "media_type", "shown"),
    [
        (b"", "application/json", ""),
        (b"{", "application/json", "[1 bytes that are not JSON]"),
        (b"[" * 100_000, "application/json", "[100000 bytes that are not JSON]"),
        (b"a=1&password=2", "application/x-www-form-urlencoded", "[14 bytes of application/x-www-form-urlencoded]"),
        (b"\xff", "application/problem+json", "[1 bytes that are not JSON]"),
        (b" " * (LONGEST_MASKED + 1), "application/json", "[262145 bytes: too large to be kept]"),
        (b'{"a": "0123456789"}', "application/json", '{"a": "0123… [cut: 19 bytes]'),
    ],
)
def test_a_body_that_cannot_be_looked_through_is_told_by_its_size(body: bytes, media_type: str, shown: str) -> None:
    assert MASKER.body(body, media_type, 11) == shown

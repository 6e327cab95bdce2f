"""Questions that senders ask a new address."""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebook_automation.domain.challenges import ChallengeAnswer, challenge_answer
from notebook_automation.domain.signature_presets import PRESETS


def answer(preset: str, body: Any) -> ChallengeAnswer | None:
    return challenge_answer(PRESETS[preset].scheme, "s3cret", json.dumps(body).encode())


def test_slack_gets_its_challenge_back() -> None:
    asked = {"token": "t", "challenge": "3eZbrw1aB", "type": "url_verification"}
    assert answer("slack", asked) == ChallengeAnswer(200, {"challenge": "3eZbrw1aB"})


def test_zoom_gets_its_token_back_with_a_code_by_the_secret() -> None:
    asked = {"event": "endpoint.url_validation", "payload": {"plainToken": "qgg8vlvZ"}, "event_ts": 1654503849680}
    code = hmac.new(b"s3cret", b"qgg8vlvZ", hashlib.sha256).hexdigest()
    assert answer("zoom", asked) == ChallengeAnswer(200, {"plainToken": "qgg8vlvZ", "encryptedToken": code})


def test_discord_s_pings_are_answered() -> None:
    assert answer("discord", {"type": 1, "id": "1", "token": "t"}) == ChallengeAnswer(200, {"type": 1})
    assert answer("discord", {"version": 1, "application_id": "1", "type": 0}) == ChallengeAnswer(204, None)


@pytest.mark.parametrize(
    ("preset", "body"),
    [
        ("slack", {"type": "event_callback", "challenge": "x"}),
        ("slack", {"type": "url_verification", "challenge": "x" * 1001}),
        ("slack", {"type": "url_verification", "challenge": {"a": 1}}),
        ("zoom", {"event": "meeting.started", "payload": {"plainToken": "x"}}),
        ("zoom", {"event": "endpoint.url_validation", "payload": []}),
        ("discord", {"type": 1, "event": {}, "application_id": "1"}),
        ("discord", {"type": 2, "token": "t"}),
        ("discord", {"type": True, "token": "t"}),
        ("discord", {"type": False, "application_id": "1"}),
        ("github", {"type": "url_verification", "challenge": "x"}),
        ("slack", ["url_verification"]),
    ],
)
def test_all_else_is_an_event(preset: str, body: Any) -> None:
    assert answer(preset, body) is None


@given(preset=st.sampled_from(["slack", "zoom", "discord"]), body=st.binary(max_size=50))
def test_what_is_no_json_asks_nothing(preset: str, body: bytes) -> None:
    assert challenge_answer(PRESETS[preset].scheme, "s3cret", body) is None

"""`%automation inbox`, `list inbox`, and what is done with an event: replayed, sent, kept."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from typing import Any

import pytest
from counterpart import Counterpart, serve_counterpart
from IPython.core.error import UsageError

from notebook_automation.magics.events import bookmark, replay
from notebook_automation.magics.inbox import NOUN, address, source_names
from notebook_automation.magics.listings import list_things
from notebook_automation.sdk import client

SOURCE = {
    "source": "github", "open": False, "url": "http://a/inbox/github", "token": "s3cret",
    "url_with_token": "http://a/inbox/github?token=s3cret", "deliveries": 2,
}  # fmt: skip
DELIVERY = {
    "id": "evt_1", "status": "failed", "source": "github", "trigger": None, "event_type": "push<b>",
    "received_at": "2026-11-29T08:00:00Z", "session_ids": [], "bookmarked_at": "2026-11-29T09:00:00Z",
}  # fmt: skip
EVENT = {"id": "evt_1", "type": "push", "source": "webhook", "received_at": "2026-11-29T08:00:00Z", "data": None}


@pytest.fixture
def counterpart(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counterpart]:
    with serve_counterpart() as known:
        monkeypatch.setenv("NOTEBOOK_AUTOMATION_URL", known.url)
        monkeypatch.setenv("NOTEBOOK_AUTOMATION_TOKEN", "nas_secret")
        client.forget()
        known.answers["GET", "/webhooks/inbox"] = (200, {"items": [DELIVERY], "next_cursor": None})
        known.answers["GET", "/webhooks/inbox/sources"] = (200, {"items": [SOURCE]})
        known.answers["GET", "/webhooks/inbox/sources/github"] = (200, SOURCE)
        known.answers["PATCH", "/events/evt_1"] = (200, EVENT)
        known.answers["GET", "/triggers/trg_1"] = (200, {"id": "trg_1"})
        receipt = {"event_id": "evt_2", "session_ids": ["ses_1"]}
        known.answers["POST", "/events/evt_1/replay"] = (202, receipt)
        answer = {"status": 418, "headers": {}, "body": "<b>no</b>", "cut": False, "seconds": 0.5}
        known.answers["POST", "/events/evt_1/send"] = (200, answer)
        yield known
    client.forget()


def given(**more: Any) -> argparse.Namespace:
    return argparse.Namespace(**{"event": "evt_1", "here": False, "trigger": None, "to": None, **more})


def sent(counterpart: Counterpart) -> Any:
    return json.loads(counterpart.requests[-1][2])


def test_the_address_is_shown_and_its_token_only_when_asked_for(counterpart: Counterpart) -> None:
    shown = address(None, argparse.Namespace(source="github", show_token=False))
    assert "http://a/inbox/github" in repr(shown)
    assert "s3cret" not in repr(shown) + shown._repr_html_()
    assert "token=s3cret" in repr(address(None, argparse.Namespace(source="github", show_token=True)))
    assert list(source_names(client.connect())) == ["github"]


def test_deliveries_are_listed_with_what_became_of_them(counterpart: Counterpart) -> None:
    wanted = argparse.Namespace(
        kind=NOUN.plural, project=None, trigger=None, type=None, status="failed", tag=None, limit=5
    )
    shown = list_things(None, wanted)
    for part in ("evt_1", "failed", "github", "★"):
        assert part in repr(shown)
    assert "push&lt;b&gt;" in shown._repr_html_()
    assert "status=failed" in str(counterpart.requests[-1])


def test_an_event_goes_to_a_trigger_or_to_this_machine(counterpart: Counterpart) -> None:
    assert "ses_1" in repr(replay(None, given(trigger="trg_1")))
    assert sent(counterpart) == {"trigger": "trg_1"}
    replay(None, given())
    assert sent(counterpart) == {}
    shown = replay(None, given(to="http://localhost:1/"))
    assert sent(counterpart) == {"url": "http://localhost:1/"}
    assert "418" in repr(shown)
    assert "&lt;b&gt;no" in shown._repr_html_()
    with pytest.raises(UsageError, match="one of them"):
        replay(None, given(to="http://localhost:1/", trigger="trg_1"))


def test_an_event_is_kept_or_no_longer(counterpart: Counterpart) -> None:
    assert "kept" in repr(bookmark(None, given(off=False)))
    assert sent(counterpart) == {"bookmarked": True}
    bookmark(None, given(off=True))
    assert sent(counterpart) == {"bookmarked": False}

"""`%automation inquiries`: what waits for me, and the card of one."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import Any

import pytest
from counterpart import Counterpart, serve_counterpart

from notebook_automation.magics.inquiries import NOUN, show_inquiries, waiting_inquiries
from notebook_automation.magics.listings import list_things
from notebook_automation.sdk import client

INQUIRY: dict[str, Any] = {
    "id": "inq_1", "status": "pending", "form": "value", "title": "Where <b>?", "prompt": "Where <b>?\n\nSay it.",
    "schema": {"enum": ["eu", "us"]}, "project": "sales", "notebook": "report.ipynb", "cell_index": 3,
    "session_ref": "ses_1", "stage": 0, "may_answer": False, "why_not": "You started it.", "timeout_at": None,
    "stages": [{"of": ["ana"], "approvals": 1, "answers": [], "is_complete": False}], "response": None,
    "ended_reason": None, "created_at": "2026-11-29T08:00:00Z",
}  # fmt: skip


@pytest.fixture
def counterpart(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counterpart]:
    with serve_counterpart() as known:
        monkeypatch.setenv("NOTEBOOK_AUTOMATION_URL", known.url)
        monkeypatch.setenv("NOTEBOOK_AUTOMATION_TOKEN", "nas_secret")
        client.forget()
        known.answers["GET", "/inquiries"] = (200, {"items": [INQUIRY], "next_cursor": None})
        known.answers["GET", "/inquiries/inq_1"] = (200, INQUIRY)
        known.answers["GET", "/projects/sales"] = (200, {"id": "prj_1"})
        yield known
    client.forget()


def given(**more: Any) -> argparse.Namespace:
    return argparse.Namespace(**{"id": None, "all": False, **more})


def test_it_lists_what_waits_for_me_and_leads_to_the_panel(counterpart: Counterpart) -> None:
    shown = show_inquiries(None, given())
    assert counterpart.requests[-1][1] == "/inquiries?limit=50&status=pending&assigned_to=me"
    assert "waits for ana" in repr(shown)
    assert "Where &lt;b&gt;?" in shown._repr_html_()
    assert "&quot;page&quot;: &quot;inquiry&quot;" in shown._repr_html_()
    show_inquiries(None, given(all=True))
    assert counterpart.requests[-1][1] == "/inquiries?limit=50"
    counterpart.answers["GET", "/inquiries"] = (200, {"items": [], "next_cursor": None})
    assert "Nothing waits for you" in repr(show_inquiries(None, given()))


def test_one_is_a_card_that_says_what_it_takes_and_whether_i_may(counterpart: Counterpart) -> None:
    text = repr(show_inquiries(None, given(id="inq_1")))
    for part in ("Say it.", 'one of "eu", "us"', "You started it.", "→ ana", "report.ipynb, cell 4"):
        assert part in text
    assert list(waiting_inquiries(client.connect())) == ["inq_1"]


def test_all_of_a_project_are_listed_by_its_name(counterpart: Counterpart) -> None:
    query = {"kind": NOUN.plural, "project": "sales", "trigger": None, "type": None, "status": "pending", "tag": None}
    list_things(None, argparse.Namespace(limit=20, **query))
    assert counterpart.requests[-1][1] == "/inquiries?limit=20&project_id=prj_1&status=pending"

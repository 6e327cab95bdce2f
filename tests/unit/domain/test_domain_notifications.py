"""Who hears of what, as it is written; what one message says."""

from __future__ import annotations

from typing import Any

import pytest

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.notification_messages import message_of
from notebook_automation.domain.notifications import (
    NOTIFICATION_ID,
    Notification,
    Recipient,
    Wish,
    parse_notify,
    parse_recipient,
    parse_rule,
    wanted,
)


def test_rules_are_written_as_texts_or_mappings() -> None:
    given = ["late,failed:email:ana", {True: "completed", "to": ["panel", "slack:SLACK_URL"], "if": " result > 1 "}]
    first, second = parse_notify(given)
    assert (first.on, first.to, first.condition) == (("failed", "late"), (Recipient("email", "ana"),), None)
    assert (second.on, second.condition) == (("completed",), "result > 1")
    assert second.to_dict() == {"on": ["completed"], "to": ["panel", "slack:SLACK_URL"], "if": "result > 1"}
    assert parse_notify([first.to_dict(), second.to_dict()]) == (first, second)
    assert parse_notify([]) == ()


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("failed:panel", "has to be a list"), (["failed"], "names no recipient"), (["faild:panel"], "faild"),
        (["failed:fax:1"], "fax"), (["failed:panel:ana"], "nothing behind"), (["failed:email:"], "neither"),
        (["failed:email:a@b@c"], "neither"), (["failed:email:a\r\nBcc: b@c.org@d.org"], "neither"),
        (["failed:email:ana\x00"], "not seen"),
        (["failed:slack:https://hooks.slack.com/T0/xyz"], "name of the project"),
        (["failed:slack:"], "name of the project"),
        ([{"on": ["failed"]}], "needs to"),
        ([{"to": ["panel"]}], "needs on"),
        ([{"on": ["failed"], "to": ["panel"], "when": "x"}], "has no when"), ([7], "neither a text"),
        ([{"on": ["failed"], "to": ["panel"], "if": 7}], "has to be a text"), (["failed:panel"] * 21, "20 entries"),
    ],
)  # fmt: skip
def test_what_says_nothing_is_refused(given: Any, why: str) -> None:
    with pytest.raises(Invalid, match=why) as refused:
        parse_notify(given)
    assert (refused.value.code, refused.value.details["field"]) == ("notify_invalid", "notify")
    # A URL with its secret part is not repeated.
    assert "xyz" not in refused.value.message


def test_a_recipient_is_read_back_as_it_is_shown() -> None:
    for text in ("panel", "email:ana", "email:ana@example.org", "teams:TEAMS_URL", "apprise:TELEGRAM"):
        assert str(parse_recipient(text)) == text


def test_one_that_two_rules_name_hears_if_either_holds() -> None:
    rules = (parse_rule("failed:panel", "a"), parse_rule("failed:panel", "b"), parse_rule("failed:email:ana", "a"))
    assert wanted(rules, "failed") == {
        Recipient("panel"): Wish(("a", "b")), Recipient("email", "ana"): Wish(("a",)),
    }  # fmt: skip
    assert wanted((*rules, parse_rule("failed:panel")), "failed")[Recipient("panel")] == Wish(None)
    assert wanted(rules, "completed") == {}


def said(reason: Any, **content: Any) -> Notification:
    return Notification(
        id=NOTIFICATION_ID.new(), channel="panel", target="", entity_type="sessions", entity="ses_1", activity=reason,
        created_at=0.0, project="sales", trigger_ref="sales/nightly", session_id="ses_1", content=content,
    )  # fmt: skip


def test_a_title_says_what_happened_to_what() -> None:
    titles = {
        message_of([one], "https://x/lab").title
        for one in (
            said("failed", status="failed"), said("failed", status="timeout"), said("failed", status="abandoned"),
            said("completed"), said("recovered"), said("waiting"), said("missed", count=1), said("missed", count=3),
            said("late"),
        )
    }  # fmt: skip
    assert titles == {
        "sales/nightly failed", "sales/nightly took too long", "sales/nightly was lost", "sales/nightly completed",
        "sales/nightly works again", "sales/nightly waits for an answer", "sales/nightly missed a run",
        "sales/nightly missed 3 runs", "sales/nightly ran late",
    }  # fmt: skip
    many = message_of([said("failed"), said("failed"), said("late")], "https://x/lab")
    assert (many.title, many.is_bad, len(many.lines)) == ("2 failed, 1 ran late in sales", True, 3)


def test_a_line_is_one_line_and_leads_to_the_session() -> None:
    [line] = message_of(
        [said("failed", error="ValueError: a\nb\x1b[31m", call="report.ipynb", duration=3.21987, tries=3)],
        "https://x/lab",
    ).lines
    assert line.detail == "ValueError: a b [31m, report.ipynb, 3.22 s, after 3 tries"
    assert line.url == "https://x/lab?automation-session=ses_1"

"""Inquiries in the panel: asked by a notebook, told, answered, delegated, answered in bulk, and too late."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from .lab import Lab
from .screen import SLOW_MS, Screen, Theme
from .test_accessibility import AXE, audit

IMPORT = "import notebook_automation as na"
PROMPT = """## Publish the figures of **November**?

| region | total |
| --- | ---: |
| emea | 41 |

The script is <script>window.stolen = 1</script> <img src='https://tracker.example/p.png' alt='pixel'> not run.
"""
TOLD = "print('told', answer.approved, answer.value, answer.comment)"
THEMES: tuple[Theme, ...] = ("light", "dark")


@pytest.fixture(autouse=True)
def _nothing_waits_on(lab: Lab) -> Iterator[None]:
    """Leave no inquiry to the next test."""
    yield
    for inquiry in lab.ask("GET", "inquiries", status="pending")["items"]:
        lab.http.post(f"sessions/{inquiry['session_ref']}/cancel", json={})


def _ask(screen: Screen, name: str, *cells: str) -> str:
    """Start a notebook that asks, and return its session's id; while it waits, it holds no place of others."""
    notebook = screen.lab.notebook(f"{name}/report.ipynb", IMPORT, *cells)
    return str(screen.lab.ask("POST", "sessions", {"notebook": notebook, "is_durable": True})["id"])


def _asked(screen: Screen, session: str, count: int = 1) -> list[dict[str, Any]]:
    """Wait until a session has asked so much, and return what it asks, the first one first."""
    found: list[dict[str, Any]] = []

    def look(_: dict[str, Any]) -> bool:
        found[:] = screen.lab.ask("GET", "inquiries", session_id=session, status="pending")["items"]
        return len(found) == count

    screen.lab.session_when(session, look, "it asks")
    return found[::-1]


def _shoot(screen: Screen, shots: Path, name: str, scroll: Locator | None = None) -> None:
    for theme in THEMES:
        screen.set_theme(theme)
        if scroll:
            scroll.scroll_into_view_if_needed()
        screen.page.screenshot(path=shots / f"{name}-{theme}.png")
    screen.set_theme("light")


def _audited(page: Page, part: Locator, name: str) -> list[str]:
    page.evaluate(AXE.read_text())
    return audit(page, part, name)


def test_a_session_asks_and_the_panel_tells_and_answers(screen: Screen, shots: Path) -> None:
    lab, page = screen.lab, screen.page
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    ask = f"answer = na.inquire({PROMPT!r}, allow_requester=True, timeout='2 days')"
    session = _ask(screen, "asks", "print('before')", ask, TOLD)

    # It is told once, counted, and leads there.
    toast = page.locator(".Toastify__toast", has_text="Publish the figures of November?")
    expect(toast).to_have_count(1, timeout=SLOW_MS)
    expect(page.get_by_role("button", name="Inquiries: 1 waits for you")).to_be_visible()
    own = screen.panel("session", id=session)
    asks = own.get_by_role("region", name="What it asks")
    expect(asks).to_contain_text("Publish the figures of November?")
    expect(own.get_by_role("button", name="It waits here for an answer")).to_be_visible()
    _shoot(screen, shots, "inquiry-of-session")
    expect(screen.sidebar().get_by_role("list", name="Waiting for you")).to_contain_text("Publish the figures")
    toast.get_by_role("button", name="Answer").click()

    panel = screen.front()
    prompt = panel.get_by_role("region", name="What is asked")
    expect(prompt.get_by_role("table")).to_contain_text("emea")
    expect(toast, "it would lie on the form").to_have_count(0)
    expect(prompt.get_by_role("link", name="pixel")).to_be_visible()
    assert page.evaluate("() => window.stolen") is None
    assert not [url for url in fetched if "tracker.example" in url]
    panel.get_by_role("tab", name="History").click()
    expect(panel.get_by_role("list", name="History")).to_contain_text("Asked")
    problems = _audited(page, panel, "inquiry")
    _shoot(screen, shots, "inquiry-pending")
    assert not problems, "\n".join(problems)

    # By keyboard alone.
    comment = panel.get_by_label("Comment")
    comment.focus()
    page.keyboard.insert_text("as we agreed")
    page.keyboard.press("Control+Enter")
    expect(panel.locator(".na-Inquiry-news")).to_contain_text("Your answer is recorded: Approved by")
    expect(panel.locator(".na-Inquiry-news")).to_be_focused()
    expect(panel.locator(".na-Stages")).to_contain_text("as we agreed")
    expect(panel.locator(".na-Stages")).to_contain_text("panel")
    expect(page.get_by_role("button", name="Inquiries:")).to_have_count(0)
    assert lab.ended(session)["status"] == "completed"
    own = screen.panel("session", id=session)
    expect(own.get_by_role("list", name="Log")).to_contain_text("told True None as we agreed")
    expect(own.get_by_role("region", name="What it asks")).to_have_count(0)


def test_proposed_values_are_edited_and_the_edit_is_kept(screen: Screen, shots: Path) -> None:
    ask = """answer = na.inquire(
        'Pay this invoice?', proposed={'amount': 100, 'to': 'Acme', 'urgent': False, 'lines': ['paper', 'ink']},
        allow_requester=True)"""
    session = _ask(screen, "proposes", ask, TOLD)
    [inquiry] = _asked(screen, session)
    panel = screen.panel("inquiry", id=inquiry["id"])
    amount = panel.get_by_label("amount")
    expect(amount).to_have_value("100")
    amount.fill("80")
    expect(panel.locator("[data-changed]")).to_have_count(1)
    expect(panel.locator("[data-field=amount]")).to_contain_text("proposed: 100")
    problems = _audited(screen.page, panel, "proposal")
    _shoot(screen, shots, "inquiry-proposal")
    assert not problems, "\n".join(problems)
    panel.get_by_role("button", name="Approve").click()
    expect(panel.locator(".na-Inquiry-news")).to_contain_text("Approved")
    edits = panel.get_by_role("list", name="Changed values")
    expect(edits.first).to_contain_text("amount")
    expect(edits.first.locator("ins")).to_have_text("80")
    screen.lab.ended(session)
    own = screen.panel("session", id=session)
    expect(own.get_by_role("list", name="Log")).to_contain_text("'amount': 80")


def test_several_are_answered_at_once(screen: Screen, shots: Path) -> None:
    page = screen.page
    same = "{{'prompt': 'Ship part {0}?', 'schema': ['now', 'later'], 'allow_requester': True}}"
    other = "{'prompt': 'Tell everybody?', 'allow_requester': True}"
    asks = f"answers = na.inquire_all([{same.format(1)}, {same.format(2)}, {other}])"
    session = _ask(screen, "bulk-asks", asks, "print('told', [one.value for one in answers])")
    _asked(screen, session, 3)
    panel = screen.panel("inquiries")
    rows = panel.locator("[data-inquiry]")
    expect(rows).to_have_count(3)
    problems = _audited(page, panel, "inquiries")
    panel.get_by_label("Select Ship part 1?").focus()
    page.keyboard.press("Space")
    panel.get_by_label("Select Ship part 2?").check()
    _shoot(screen, shots, "inquiries")
    assert not problems, "\n".join(problems)
    panel.get_by_role("button", name="Answer…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Answer 2 inquiries")
    dialog.get_by_role("combobox", name="Answer").select_option(label="later")
    dialog.get_by_role("button", name="Answer").click()
    expect(rows).to_have_count(1)
    panel.get_by_label("Select Tell everybody?").check()
    panel.get_by_role("button", name="Reject").click()
    dialog.get_by_label("Comment").fill("not yet")
    dialog.get_by_role("button", name="Reject").click()
    expect(panel).to_contain_text("Nothing waits for you")
    screen.lab.ended(session)
    panel.get_by_label("Show").select_option("ended")
    expect(rows.filter(has_text="Ship part")).to_have_count(2)
    expect(rows.filter(has_text="Tell everybody?")).to_contain_text("Rejected")
    own = screen.panel("session", id=session)
    expect(own.get_by_role("list", name="Log")).to_contain_text("told ['later', 'later', None]")


def test_an_inquiry_is_delegated_and_withdrawn(screen: Screen, shots: Path) -> None:
    page = screen.page
    ask = "answer = na.inquire('Delete the old data?', assigned_to=[getpass.getuser(), 'bea'], allow_requester=True)"
    session = _ask(screen, "delegates", "import getpass", ask)
    [inquiry] = _asked(screen, session)
    panel = screen.panel("inquiry", id=inquiry["id"])
    panel.get_by_role("button", name="Delegate…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Who answers instead")).to_be_focused()
    dialog.get_by_role("button", name="Delegate").click()
    expect(dialog).to_contain_text("Fill this in.")
    dialog.get_by_label("Who answers instead").fill("cid")
    dialog.get_by_label("Comment").fill("you know it better")
    dialog.get_by_role("button", name="Delegate").click()
    expect(panel.locator(".na-Stages")).to_contain_text("gave it to cid")
    expect(panel.get_by_role("form", name="Your answer")).to_have_count(0)
    expect(panel.get_by_role("complementary", name="Answer").locator(".na-Banner")).not_to_be_empty()
    problems = _audited(page, panel, "not mine")
    _shoot(screen, shots, "inquiry-not-mine")
    assert not problems, "\n".join(problems)

    panel.get_by_role("button", name="Withdraw…").click()
    dialog.get_by_label("Reason").fill("it is deleted already")
    dialog.get_by_role("button", name="Withdraw").click()
    expect(panel.get_by_role("region", name="What came of it")).to_contain_text("it is deleted already")
    screen.lab.ended(session)


def test_an_answer_that_comes_too_late_says_what_happened(screen: Screen, shots: Path) -> None:
    session = _ask(screen, "late", "answer = na.inquire('Restart it?', allow_requester=True)", TOLD)
    [inquiry] = _asked(screen, session)
    panel = screen.panel("inquiry", id=inquiry["id"])
    path = f"inquiries/{inquiry['id']}/answers"

    def overtaken(route: Route) -> None:
        screen.lab.ask("POST", path, {"decision": "reject", "comment": "not now"})
        route.continue_()

    screen.page.route(f"**/{path}*", overtaken, times=1)
    panel.get_by_label("Comment").fill("yes please")
    panel.get_by_role("button", name="Approve").click()
    news = panel.locator(".na-Inquiry-news")
    expect(news).to_contain_text("already rejected by")
    expect(panel.get_by_role("region", name="What came of it")).to_contain_text("not now")
    expect(panel.get_by_role("button", name="Approve")).to_have_count(0)
    _shoot(screen, shots, "inquiry-late")
    screen.lab.ended(session)
    screen.console[:] = [line for line in screen.console if "status of 409" not in line]

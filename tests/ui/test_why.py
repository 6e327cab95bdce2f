"""A person asks why: rules added in the panel, a filter tried as it is typed, and the answer clause by clause."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
from eventually import wait_until
from playwright.sync_api import expect

from .screen import Screen
from .test_accessibility import AXE, audit


def send(url: str, body: Any) -> str:
    answer = httpx.post(url, json=body, trust_env=False)
    assert answer.status_code == 202, answer.text
    event_id: str = answer.json()["event_id"]
    return event_id


def shoot(screen: Screen, shots: Path, name: str) -> None:
    problems = []
    for theme in ("light", "dark"):
        screen.set_theme(theme)
        screen.page.screenshot(path=str(shots / f"{theme}-{name}.png"))
        screen.page.evaluate(AXE.read_text())
        problems += audit(screen.page, screen.front(), f"{name} in {theme}")
    assert problems == []


def test_rules_are_added_on_the_triggers_page_and_why_tells_of_each(screen: Screen, shots: Path) -> None:
    path = screen.lab.notebook("why/orders.ipynb", "print('done')")
    body = {"name": "orders", "type": "webhook", "notebook": path, "filter": "data.json.total > 100"}
    stored = screen.lab.ask("POST", "triggers", body)
    page = screen.panel("triggers", id=stored["id"])
    page.get_by_role("button", name="Add a rule").click()
    form = page.get_by_role("form", name="New rule")
    form.get_by_label("Name", exact=True).fill("refunds")
    form.get_by_label("Only if (CEL, a condition in each line)").fill("data.json.(\ndata.json.total < 0")
    form.get_by_role("button", name="Save the rule").click()
    expect(form.get_by_role("alert")).to_contain_text("Syntax error")
    form.get_by_label("Only if (CEL, a condition in each line)").fill('data.json.kind == "refund"\ndata.json.total < 0')
    form.get_by_label("Of the conditions").select_option(label="one has to hold")
    form.get_by_label("Events that come close together").select_option(label="have one run, after a time")
    form.get_by_label("For so many seconds").fill("3600")
    expect(form.get_by_text("No event has come yet to try it on.")).to_be_visible()
    form.get_by_label("Parameters (name = value)").fill("region = emea\nlimit = 3")
    form.get_by_label("The event as they see it (CEL)").fill("data.json")
    shoot(screen, shots, "rule-form")
    form.get_by_role("button", name="Save the rule").click()
    rules = page.get_by_role("region", name="Rules")
    expect(rules.get_by_text("all events of")).to_be_visible()
    [rule] = screen.lab.ask("GET", f"triggers/{stored['id']}")["rules"]
    assert (rule["condition"], rule["conditions"]) == ("any", ['data.json.kind == "refund"', "data.json.total < 0"])
    assert rule["collect"]["batch"] == 3600.0
    assert (rule["parameters"], rule["transform"]) == ({"region": "emea", "limit": 3}, "data.json")

    send(stored["url"], {"kind": "refund", "total": 7})
    page.get_by_text("Why?").click()
    why = page.locator(".na-Why")
    expect(why.get_by_text("It ran for its newest event.")).to_be_visible()
    event_id = send(stored["url"], {"kind": "order", "total": 3})
    # The answer follows what happens.
    expect(why.get_by_text("An event ran nothing")).to_be_visible()
    expect(why.get_by_text("data.json.total = 3").first).to_be_visible()
    shoot(screen, shots, "why-trigger")
    rules.get_by_role("button", name="Edit the rule refunds").click()
    edited = page.get_by_role("form", name="Rule refunds")
    expect(edited.get_by_text("Of the newest 2 events it lets 1 through.")).to_be_visible()
    edited.get_by_role("button", name="Cancel").click()

    rules.get_by_role("switch", name="Rule refunds").click()
    wait_until(lambda: not screen.lab.ask("GET", f"triggers/{stored['id']}")["rules"][0]["enabled"])
    rules.get_by_role("button", name="Delete the rule refunds").click()
    screen.page.get_by_role("button", name="Delete", exact=True).click()
    wait_until(lambda: screen.lab.ask("GET", f"triggers/{stored['id']}")["rules"] == [])
    assert screen.lab.ask("GET", f"why/{event_id}")["ran"] is False


def test_a_session_that_collects_says_why_it_waits(screen: Screen, shots: Path) -> None:
    path = screen.lab.notebook("why/batch.ipynb", "1")
    body = {"name": "collected", "type": "webhook", "notebook": path, "collect": {"batch": "1h"}}
    stored = screen.lab.ask("POST", "triggers", body)
    for number in range(3):
        event_id = send(stored["url"], {"n": number})
    [session_id] = screen.lab.ask("GET", f"events/{event_id}")["session_ids"]
    page = screen.panel("session", id=session_id)
    page.get_by_text("Why?").click()
    expect(page.locator(".na-Why").get_by_text("It collects events until its time: 3 events so far.")).to_be_visible()
    shoot(screen, shots, "why-session")
    page.get_by_role("button", name="Start now").click()
    wait_until(lambda: screen.lab.ask("GET", f"sessions/{session_id}")["status"] not in ("scheduling",))
    expect(page.get_by_role("button", name="Start now")).to_have_count(0)


def test_a_filter_is_tried_on_the_newest_events_while_it_is_typed(screen: Screen, shots: Path) -> None:
    path = screen.lab.notebook("why/tried.ipynb", "1")
    stored = screen.lab.ask("POST", "triggers", {"name": "tried", "type": "webhook", "notebook": path})
    for total in (5, 500):
        send(stored["url"], {"total": total})
    screen.panel("triggers").get_by_role("button", name="Edit tried").click()
    form = screen.front()
    form.get_by_label("Only if (CEL)").fill("data.json.total > 100")
    tried = form.get_by_role("region", name="On the newest events")
    expect(tried.get_by_text("Of the newest 2 events it lets 1 through.")).to_be_visible()
    tried.get_by_text("Stops").click()
    expect(tried.get_by_text("data.json.total = 5", exact=True)).to_be_visible()
    shoot(screen, shots, "filter-tried")
    form.get_by_label("Only if (CEL)").fill("data.json.missing == 1")
    expect(tried.get_by_text("Error at line 1, column 1").first).to_be_visible()
    form.get_by_label("Only if (CEL)").fill("data.json.(")
    expect(tried).to_have_count(0)
    expect(form.get_by_text("Syntax error")).to_be_visible()

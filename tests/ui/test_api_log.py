"""The page API: a day in numbers and drawings, the list with its filters, and from a request to what it led to."""

from __future__ import annotations

import httpx
from playwright.sync_api import expect

from .screen import Screen, Theme
from .test_accessibility import AXE, audit

THEMES: tuple[Theme, ...] = ("light", "dark")


def test_a_day_of_requests_is_seen_and_one_is_followed(screen: Screen) -> None:
    lab, page = screen.lab, screen.page
    hook = lab.trigger(name="orders", type="webhook", notebook=lab.notebook("api/orders.ipynb", "1"))
    url = hook["url"]
    sent = httpx.post(url, json={"n": 1}, headers={"X-Correlation-Id": "order-77"}, trust_env=False)
    session = sent.json()["session_ids"][0]
    assert lab.ended(session)["status"] == "completed"
    for _ in range(3):
        httpx.post(url, content=b"{", headers={"Content-Type": "application/json"}, trust_env=False)

    panel = screen.panel("api")
    day = panel.get_by_label("The last 24 hours", exact=True)
    expect(day.get_by_role("img")).to_have_count(2)
    day.get_by_label("Routes").first.select_option(label="With the most errors")
    day.get_by_role("button", name="POST /webhooks/{slug}").click()
    rows = panel.locator("[data-log]")
    expect(rows).to_have_count(4)
    expect(rows.filter(has_text="400")).to_have_count(3)
    assert url.rpartition("/")[2] not in panel.inner_text()
    panel.get_by_label("Status").select_option(label="Answered (2xx)")
    expect(rows).to_have_count(1)
    rows.get_by_role("button", name="Show details").click()
    expect(rows).to_contain_text("order-77")

    page.evaluate(AXE.read_text())
    problems = []
    for theme in THEMES:
        screen.set_theme(theme)
        problems += audit(page, panel, f"API {theme}")
        page.screenshot(path=f"screenshots/api-{theme}.png")
    screen.set_theme("light")
    assert not problems, "\n".join(problems)
    rows.get_by_role("button", name=session).click()
    expect(screen.front()).to_contain_text("orders.ipynb")

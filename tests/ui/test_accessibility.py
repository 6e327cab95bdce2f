"""The panel by keyboard alone, and what axe-core says of every page in both themes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from .screen import SLOW_MS, Screen, Theme

AXE = Path(__file__).parents[2] / "labextension" / "node_modules" / "axe-core" / "axe.min.js"
MOST_TABS = 80
SLOW = "import time\ntime.sleep(300)"
AUDIT = """async selector => {
    const options = {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'],
                     rules: {region: {enabled: false}, 'page-has-heading-one': {enabled: false}}}
    const found = await axe.run(selector, options)
    return found.violations.flatMap(rule => rule.nodes.map(node =>
        `${rule.id}: ${node.html.slice(0, 160)} ${node.any.map(check => check.message).join(' ').slice(0, 200)}`))
}"""
FOCUSED = """() => {
    const it = document.activeElement
    const label = it.getAttribute('aria-label') || it.getAttribute('title')
        || (it.labels && it.labels[0] ? it.labels[0].textContent : '') || it.textContent || ''
    return {label: label.trim(), outline: getComputedStyle(it).outlineStyle}
}"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_on_any_page(screen: Screen, theme: Theme) -> None:
    lab = screen.lab
    steady = lab.notebook("axe/report.ipynb", ("region = 'emea'\nfresh = True", "parameters"), "print(region)")
    failing = lab.notebook("axe/check.ipynb", "raise ValueError('too few rows')")
    hook = lab.trigger(name=f"hook-{theme}", type="webhook", notebook=steady)
    daily = lab.trigger(name=f"daily-{theme}", type="schedule", schedule={"cron": "0 6 * * *"}, notebook=steady)
    lab.trigger(name=f"off-{theme}", type="manual", notebook=steady, enabled=False)
    broken = lab.fire(lab.trigger(name=f"broken-{theme}", type="manual", notebook=failing))
    assert lab.ended(lab.fire(hook))["status"] == "completed"
    assert lab.ended(broken)["status"] == "failed"

    event = lab.ask("GET", "events", trigger=hook["ref"])["items"][0]["id"]
    slow = lab.fire(lab.trigger(name=f"slow-{theme}", type="manual", notebook=lab.notebook("axe/slow.ipynb", SLOW)))
    lab.session_when(slow, lambda found: found["status"] == "running", "it runs")

    screen.set_theme(theme)
    screen.page.evaluate(AXE.read_text())
    problems = audit(screen.page, screen.sidebar(), "sidebar")
    for name, args in (
        ("triggers", {"id": daily["id"]}),
        ("sessions", {}),
        ("session", {"id": slow}),
        ("session", {"id": broken}),
        ("events", {"id": event}),
        ("artifacts", {}),
        ("variables", {}),
        ("automate", {"path": steady}),
    ):
        panel = screen.panel(name, **args)
        if name == "automate":
            expect(panel.locator(".na-NextFires li")).to_have_count(5)
            panel.get_by_label("Repeat").select_option(label="By a cron line")
            panel.get_by_label("Cron line").fill("every so often")
            expect(panel.get_by_label("Cron line")).to_have_attribute("aria-invalid", "true")
        if name == "triggers":
            expect(panel.locator(".na-Detail")).to_be_visible()
        problems += audit(screen.page, panel, name)
    for item in screen.page.locator(".na-StatusItem:not(.lm-mod-hidden)").all():
        problems += audit(screen.page, item, "status bar")
    lab.ask("POST", f"sessions/{slow}/cancel")
    for tab in ("Artifacts", "Parameters and result", "Event"):
        panel = screen.panel("session", id=broken)
        panel.get_by_role("tab", name=tab).click()
        problems += audit(screen.page, panel, tab)
    assert not problems, "\n".join(problems)


def test_the_panel_is_walked_by_keyboard(screen: Screen) -> None:
    lab, page = screen.lab, screen.page
    notebook = lab.notebook("keys/report.ipynb", ("region = 'emea'", "parameters"), "print(region)")
    lab.trigger(name="keys", type="webhook", notebook=notebook)
    screen.sidebar()
    page.get_by_role("tab", name="Automation", exact=True).focus()
    tab_to(page, "Automate")
    tab_to(page, "Triggers")
    page.keyboard.press("Enter")
    triggers = screen.front()
    triggers.locator("input[type=search]").focus()
    page.keyboard.insert_text("keys")
    row = triggers.locator("[data-trigger='keys/keys']")
    expect(triggers.locator("[data-trigger]")).to_have_count(1)

    tab_to(page, "Show details of keys")
    page.keyboard.press("Enter")
    expect(row).to_have_attribute("data-open", "true")
    tab_to(page, "Disable keys")
    page.keyboard.press("Space")
    expect(row.get_by_role("switch")).not_to_be_checked()
    page.keyboard.press("Space")
    expect(row.get_by_role("switch")).to_be_checked()
    tab_to(page, "Run keys now")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("region")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text("apac")
    tab_to(page, "Run")
    page.keyboard.press("Enter")
    expect(row.get_by_role("button", name="Open the last session of keys: Completed")).to_be_visible(timeout=SLOW_MS)
    expect(dialog).to_have_count(0)

    triggers.locator("input[type=search]").focus()
    tab_to(page, "Open the last session of keys: Completed")
    page.keyboard.press("Enter")
    session = screen.front()
    session.locator("button").first.focus()
    tab_to(page, "Log", prefix=True)
    for tab in ("Artifacts", "Parameters and result", "Event"):
        page.keyboard.press("ArrowRight")
        expect(session.get_by_role("tab", name=tab)).to_be_focused()
        expect(session.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowLeft")
    expect(session.get_by_role("tabpanel")).to_contain_text('"apac"')


def audit(page: Page, part: Locator, name: str) -> list[str]:
    """What axe finds in one part of the page, each with the name of the part."""
    part.evaluate("element => element.setAttribute('data-audited', 'true')")
    found: list[Any] = page.evaluate(AUDIT, "[data-audited]")
    part.evaluate("element => element.removeAttribute('data-audited')")
    return [f"{name}: {problem}" for problem in found]


def tab_to(page: Page, label: str, prefix: bool = False) -> None:
    """Press the tabulator until what is called ``label`` has the focus, and shows that it has."""
    passed = []
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused["label"] == label or (prefix and focused["label"].startswith(label)):
            assert focused["outline"] != "none", f"{label} does not show that it has the focus"
            return
        passed.append(focused["label"][:30])
    raise AssertionError(f"{label} is not reached by the tabulator, but: {passed}")

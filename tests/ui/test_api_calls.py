"""An API is called from the panel: filled in, shown as a trigger, changed; its session says what was sent."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from .screen import SLOW_MS, Screen
from .test_accessibility import AXE, audit


def test_an_api_is_called_by_a_form_and_its_session_tells_of_it(screen: Screen, shots: Path) -> None:
    lab = screen.lab
    screen.panel("triggers").get_by_role("button", name="Call an API").click()
    form = screen.front()
    form.get_by_label("Name", exact=True).fill("Daily report")
    form.get_by_label("Method").select_option("POST")
    # Nobody calls this machine: see where it fails.
    form.get_by_label("URL").fill("https://127.0.0.1:9/report")
    headers = form.get_by_label("Headers")
    headers.fill("no header")
    expect(headers).to_have_attribute("aria-invalid", "true")
    headers.fill("X-Region: {{param:region}}")
    form.get_by_label("Body").fill('{"region": "{{param:region}}"}')
    form.get_by_label("Parameters").fill('{"region": "emea"}')
    form.get_by_label("Repeat").select_option(label="Monday to Friday")
    screen.page.evaluate(AXE.read_text())
    problems: list[str] = []
    for theme in ("light", "dark"):
        screen.set_theme(theme)
        screen.page.screenshot(path=str(shots / f"{theme}-api-call-form.png"))
        problems += audit(screen.page, form, f"form, {theme}")
    form.get_by_role("button", name="Create").click()

    row = screen.page.locator("#notebook-automation-triggers [data-trigger$='/Daily-report']")
    expect(row).to_contain_text("POST https://127.0.0.1:9/report")
    expect(row).to_be_visible()
    [task] = lab.ask("GET", "tasks?q=Daily report")["items"]
    assert task["config"]["headers"] == {"X-Region": "{{param:region}}"}
    screen.page.screenshot(path=str(shots / "dark-api-call-trigger.png"))
    row.get_by_role("button", name="Edit Daily-report").click()
    form = screen.page.locator(f"#notebook-automation-task-{task['id']}")
    form.get_by_label("Time limit (seconds)").fill("5")
    form.get_by_role("button", name="Save").click()
    expect(row).to_be_visible()
    assert lab.ask("GET", f"tasks/{task['id']}")["config"]["timeout"] == 5

    execution = lab.ask("POST", f"tasks/{task['id']}/executions", {"input_data": {"region": "apac"}})
    page = screen.panel("session", id=execution["id"])
    expect(page.locator(".na-Session")).to_have_attribute("data-status", "failed", timeout=SLOW_MS)
    expect(page).to_contain_text("is in a private network")
    expect(page.get_by_role("button", name="Retry", exact=True)).to_be_visible()
    page.get_by_role("tab", name="Parameters and result").click()
    expect(page).to_contain_text("X-Region")
    for theme in ("light", "dark"):
        screen.set_theme(theme)
        screen.page.screenshot(path=str(shots / f"{theme}-api-call-session.png"))
        problems += audit(screen.page, page, f"session, {theme}")
    assert not problems, "\n".join(problems)

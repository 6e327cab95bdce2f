"""Who hears of what in the panel: Lab's notification of a failure, the page of all, a project's rules, a test."""

from __future__ import annotations

from playwright.sync_api import expect

from .screen import SLOW_MS, Screen, Theme
from .test_accessibility import AXE, audit

THEMES: tuple[Theme, ...] = ("light", "dark")
HOSTILE = "raise ValueError('<img src=x onerror=\"window.stolen=1\"> no data')"


def test_a_failure_is_told_and_leads_to_its_session(screen: Screen) -> None:
    lab, page = screen.lab, screen.page
    failing = lab.notebook("told/check.ipynb", HOSTILE)
    trigger = lab.trigger(name="nightly", type="manual", notebook=failing, notify=["failed:panel", "failed:email:ana"])
    session = lab.fire(trigger)
    assert lab.ended(session)["status"] == "failed"
    toast = page.locator(".jp-Notification-Toast, .Toastify__toast").filter(has_text="told/nightly failed")
    expect(toast).to_be_visible(timeout=SLOW_MS)
    assert page.evaluate("window.stolen") is None
    toast.get_by_role("button", name="Show").click()
    expect(screen.front()).to_contain_text("no data")

    panel = screen.panel("notifications")
    rows = panel.locator("[data-notification]")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="Panel")).to_have_attribute("data-state", "sent")
    # No mail server is set here: the page says so.
    expect(rows.filter(has_text="E-mail: ana")).to_have_attribute("data-state", "error")
    expect(rows.filter(has_text="E-mail: ana")).to_contain_text("No e-mails are sent here")
    panel.get_by_label("State").select_option(label="Not sent")
    expect(rows).to_have_count(1)
    panel.get_by_label("State").select_option(label="All")

    panel.get_by_label("Project").select_option(label="told")
    panel.get_by_text("Who hears of what in told").click()
    lines = panel.get_by_role("textbox")
    lines.fill("failed, mised: panel")
    panel.get_by_role("button", name="Save").click()
    expect(panel).to_contain_text("Nobody can hear of 'mised'")
    screen.console.clear()  # the browser logs the 400 that was asked for
    lines.fill("failed, missed: panel\ncompleted: slack:SLACK_URL if session.duration > 60.0")
    panel.get_by_role("button", name="Save").click()
    expect(page.locator(".Toastify__toast").filter(has_text="Saved")).to_be_visible()
    assert lab.ask("GET", "projects/told/notify")["notify"] == [
        {"on": ["failed", "missed"], "to": ["panel"], "report": [], "if": None},
        {"on": ["completed"], "to": ["slack:SLACK_URL"], "report": [], "if": "session.duration > 60.0"},
    ]
    panel.get_by_role("button", name="Test slack:SLACK_URL").click()
    expect(page.locator(".Toastify__toast").filter(has_text="has no value")).to_be_visible()

    page.evaluate(AXE.read_text())
    problems = []
    for theme in THEMES:
        screen.set_theme(theme)
        problems += audit(page, panel, f"notifications {theme}")
        page.screenshot(path=f"screenshots/notifications-{theme}.png")
    screen.set_theme("light")
    assert not problems, "\n".join(problems)


def test_the_form_says_who_hears_of_it(screen: Screen) -> None:
    lab = screen.lab
    notebook = lab.notebook("form/report.ipynb", "1")
    panel = screen.panel("automate", path=notebook)
    panel.get_by_text("Report, artifacts, limits, retries and notifications").click()
    panel.get_by_label("Who hears of it").select_option(label="As said here")
    lines = panel.get_by_role("textbox", name="Who hears of what")
    lines.fill("failed: fax:1")
    expect(lines).to_have_attribute("aria-invalid", "true")
    lines.fill("failed, late: panel")
    expect(lines).not_to_have_attribute("aria-invalid", "true")
    screen.page.screenshot(path="screenshots/notifications-form.png")
    panel.get_by_role("button", name="Create").click()
    expect(screen.front()).to_contain_text("report.ipynb is automated")
    stored = lab.ask("GET", "triggers/form/report")["notify"]
    assert stored == [{"on": ["failed", "late"], "to": ["panel"], "report": [], "if": None}]


def test_a_message_leads_to_the_session_in_lab(screen: Screen) -> None:
    lab = screen.lab
    session = lab.fire(
        lab.trigger(name="linked", type="manual", notebook=lab.notebook("linked/r.ipynb", "print('seen')"))
    )
    assert lab.ended(session)["status"] == "completed"
    screen.page.goto(f"{lab.url}lab?automation-session={session}&token={lab.token}")
    screen.wait_until_ready()
    expect(screen.front()).to_contain_text("linked/linked", timeout=SLOW_MS)

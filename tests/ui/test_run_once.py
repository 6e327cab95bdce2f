"""A notebook is run once, without a trigger; what it made is deleted with its session."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from .screen import SLOW_MS, Screen, Theme
from .test_accessibility import AXE, audit

THEMES: tuple[Theme, ...] = ("light", "dark")


def test_a_notebook_runs_once_with_parameters_and_its_session_is_deleted(screen: Screen) -> None:
    lab, page = screen.lab, screen.page
    lab.notebook("once/report.ipynb", ("region = 'emea'", "parameters"), "print(region)")
    # It ends with the dialog, so nobody waits for its end.
    start = "path => { window.jupyterapp.commands.execute('notebook-automation:run-notebook', {path}) }"
    page.evaluate(start, "once/report.ipynb")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("region").fill("apac")
    dialog.get_by_role("button", name="Run").click()
    page.get_by_role("button", name="Open session").click()
    session = screen.front()
    expect(session.locator(".na-Session")).to_have_attribute("data-status", "completed", timeout=SLOW_MS)
    expect(session.locator(".na-Log")).to_contain_text("apac")
    session.get_by_role("button", name="Open the executed notebook").click()
    automate = screen.document().locator("[data-command='notebook-automation:automate']")
    expect(automate.get_by_role("button", name="Automate", exact=True)).to_be_disabled()
    expect(automate).to_have_attribute("title", re.compile("A session made this notebook"))
    made, *_ = lab.ask("GET", "sessions", project="once")["items"]
    assert (made["trigger"], made["parameters"]) == (None, {"region": "apac"})

    form = screen.panel("automate", path="once/report.ipynb")
    form.get_by_label("region").fill("amer")
    form.get_by_role("button", name="Run once").click()
    expect(page.locator(".na-Panel:visible h1")).to_have_text("report.ipynb", timeout=SLOW_MS)
    second, *_ = lab.ask("GET", "sessions", project="once")["items"]
    assert second["parameters"] == {"region": "amer"}
    assert lab.ended(second["id"])["status"] == "completed"
    assert lab.ask("GET", "triggers", project="once")["items"] == []

    sessions = screen.panel("sessions")
    expect(sessions.get_by_label("Status").locator("option[value=completed]")).to_contain_text("Completed (")
    for one in (made, second):
        sessions.locator(f"[data-session='{one['id']}']").get_by_role("checkbox").check()
    sessions.get_by_role("button", name="Delete", exact=True).click()
    expect(dialog).to_contain_text("Delete 2 sessions?")
    dialog.get_by_role("button", name="Delete").click()
    expect(sessions.locator(f"[data-session='{made['id']}']")).to_have_count(0)
    assert lab.ask("GET", "sessions", project="once")["items"] == []


def test_what_the_server_refuses_is_said_in_the_dialog_which_keeps_what_was_typed(screen: Screen) -> None:
    lab, page = screen.lab, screen.page
    lab.notebook("refused/report.ipynb", ("region = 'emea'\nlimit = 10", "parameters"))
    start = "path => { window.jupyterapp.commands.execute('notebook-automation:run-notebook', {path}) }"
    page.evaluate(start, "refused/report.ipynb")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("region").fill("apac")
    # The cell is another by the time that it is asked for.
    lab.notebook("refused/report.ipynb", ("region = 5\nlimit = 10", "parameters"))
    dialog.get_by_role("button", name="Run").click()
    field = dialog.locator(".na-Field.na-mod-error")
    expect(field).to_contain_text("Parameter 'region'", timeout=SLOW_MS)
    expect(field.get_by_label("region")).to_have_value("apac")
    field.get_by_label("region").fill("7")
    lab.notebook("refused/report.ipynb", ("limit = 10", "parameters"))
    dialog.get_by_role("button", name="Run").click()
    expect(dialog.get_by_text("has no 'region'")).to_be_visible(timeout=SLOW_MS)
    dialog.get_by_role("button", name="Cancel").click()


def test_the_form_gives_a_run_its_kernel_variables_and_memory(screen: Screen) -> None:
    lab, page = screen.lab, screen.page
    notebook = lab.notebook("environ/report.ipynb", "import os; print(os.environ['MODE'])")
    panel = screen.panel("automate", path=notebook)
    panel.get_by_text("Report, artifacts, limits, retries and notifications").click()
    variables = panel.get_by_role("textbox", name="Environment variables")
    variables.fill("PATH=/tmp")
    expect(variables).to_have_attribute("aria-invalid", "true")
    screen.console.clear()  # the browser logs the 400 that was asked for
    variables.fill("MODE=fast\nAPI_KEY from STRIPE_KEY")
    expect(variables).not_to_have_attribute("aria-invalid", "true")
    panel.get_by_role("combobox", name="Memory at most").fill("1 GiB")
    page.evaluate(AXE.read_text())
    problems = []
    for theme in THEMES:
        screen.set_theme(theme)
        problems += audit(page, panel, f"environment {theme}")
        variables.scroll_into_view_if_needed()
        page.screenshot(path=f"screenshots/environment-{theme}.png")
    screen.set_theme("light")
    assert not problems, "\n".join(problems)
    panel.get_by_role("button", name="Create").click()
    expect(screen.front()).to_contain_text("report.ipynb is automated")
    stored = lab.ask("GET", "triggers/environ/report")
    assert (stored["env"], stored["memory"]) == ({"MODE": "fast", "API_KEY": {"variable": "STRIPE_KEY"}}, 2**30)
    expect(screen.front()).to_contain_text("wants the variable 'STRIPE_KEY'")

"""The form "Automate" makes a notebook an automation; the triggers page runs, changes, stops and deletes it."""

from __future__ import annotations

import re

import httpx
import nbformat
from eventually import wait_until
from playwright.sync_api import expect

from .screen import SLOW_MS, Screen

PARAMETERS = (
    "region = 'emea'  # which sales region\ndays: int = 7\nfresh = True\ncountries = ['de', 'at']",
    "parameters",
)


def test_the_toolbar_button_schedules_a_notebook_by_a_form(screen: Screen) -> None:
    path = screen.lab.notebook("forms/report.ipynb", PARAMETERS, "print(region, days, fresh, countries)")
    before = nbformat.read(screen.lab.root / path, as_version=4).cells
    document = screen.open_file(path)
    document.get_by_role("button", name="Automate").click()
    form = screen.front()
    expect(form.locator("h1")).to_have_text("Automate report.ipynb")
    expect(form.get_by_label("Name")).to_have_value("report")

    fields = form.get_by_role("group", name="Parameters")
    expect(fields.get_by_label("region")).to_have_value("emea")
    expect(fields.get_by_text("which sales region")).to_be_visible()
    expect(fields.get_by_label("fresh")).to_be_checked()
    fields.get_by_label("days").fill("many")
    expect(fields.get_by_label("days")).to_have_attribute("aria-invalid", "true")
    expect(form.get_by_role("button", name="Create")).to_be_disabled()
    fields.get_by_label("days").fill("14")

    form.get_by_label("Repeat").select_option(label="By a cron line")
    form.get_by_label("Cron line").fill("0 25 * * *")
    expect(form.get_by_label("Cron line")).to_have_attribute("aria-invalid", "true")
    form.get_by_label("Cron line").fill("30 7 * * MON")
    form.get_by_label("Time zone").fill("Europe/Vienna")
    expect(form.get_by_text("at 07:30 on Monday")).to_be_visible()
    expect(form.locator(".na-NextFires li")).to_have_count(5)
    form.get_by_label("Name").fill("weekly")
    form.get_by_text("Report, artifacts, limits").click()
    expect(form.get_by_label("First wait (minutes)")).to_have_count(0)
    form.get_by_label("Retries").fill("200")
    expect(form.get_by_label("Retries")).to_have_attribute("aria-invalid", "true")
    form.get_by_label("Retries").fill("2")
    form.get_by_label("First wait (minutes)").fill("5")
    form.get_by_label("Durable").check()
    expect(form.get_by_label("Leave the code out of it")).to_have_count(0)
    form.get_by_label("Report of each run").select_option(label="HTML and PDF")
    form.get_by_label("Leave the code out of it").check()
    expect(form.get_by_label("Retries")).not_to_have_attribute("aria-invalid", "true")
    form.get_by_role("button", name="Create").click()
    card = form.get_by_role("region", name="Saved trigger")
    expect(card.get_by_role("heading").first).to_be_focused()
    expect(card.locator(".na-NextFires li")).to_have_count(5)

    stored = screen.lab.ask("GET", "triggers/forms/weekly")
    assert stored["parameters"] == {"days": 14}
    assert stored["report"] == "html,pdf,no-code"
    assert stored["schedule"]["cron"] == "30 7 * * MON"
    assert stored["schedule"]["timezone"] == "Europe/Vienna"
    assert (stored["retry"]["max_attempts"], stored["retry"]["base_delay"], stored["is_durable"]) == (3, 300, True)
    # It may have been saved, with what its kernel says of its language.
    assert nbformat.read(screen.lab.root / path, as_version=4).cells == before


def test_the_context_menu_makes_a_webhook_that_takes_parameters_from_the_event(screen: Screen) -> None:
    screen.lab.notebook("hooks/triage.ipynb", ("number = 0", "parameters"), "print(number)")
    screen.run("filebrowser:open-path", path="hooks")
    screen.page.locator(".jp-DirListing-item", has_text="triage.ipynb").click(button="right")
    screen.page.get_by_role("menuitem", name="Automate…").click()
    form = screen.front()
    form.get_by_text("On a webhook").click()
    form.get_by_label("Only if (CEL)").fill("data.method ==")
    expect(form.get_by_label("Only if (CEL)")).to_have_attribute("aria-invalid", "true")
    form.get_by_label("Only if (CEL)").fill('data.method == "POST"')
    form.get_by_text("Take parameters from the event").click()
    form.get_by_label("number =").fill("data.json.number")
    expect(form.get_by_role("button", name="Create")).to_be_enabled()
    form.get_by_role("button", name="Create").click()
    card = form.get_by_role("region", name="Saved trigger")
    url = card.get_by_label("URL", exact=True).inner_text()
    card.get_by_role("button", name="Copy URL").click()
    assert screen.page.evaluate("() => navigator.clipboard.readText()") == url
    expect(card.get_by_label("curl", exact=True)).to_contain_text(url)
    assert httpx.post(url, json={"number": 12}, trust_env=False).status_code == 202

    card.get_by_role("button", name="Show the triggers").click()
    row = screen.front().locator("[data-trigger='hooks/triage']")
    last = row.get_by_role("button", name="Open the last session of triage: Completed")
    expect(last).to_be_visible(timeout=SLOW_MS)
    last.click()
    expect(screen.front().get_by_role("list", name="Log")).to_contain_text("12")


def test_a_trigger_is_run_with_parameters_edited_disabled_and_deleted(screen: Screen) -> None:
    notebook = screen.lab.notebook("care/report.ipynb", PARAMETERS, "print(region, days)")
    stored = screen.lab.trigger(name="report", type="webhook", notebook=notebook)
    page = screen.page
    triggers = screen.panel("triggers")
    triggers.get_by_label("Search triggers").fill("rep")
    row = triggers.locator("[data-trigger='care/report']")

    row.get_by_role("button", name="Run report now").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("region").fill("apac")
    dialog.get_by_label("Priority").fill("7")
    dialog.get_by_role("button", name="Run").click()
    last = row.get_by_role("button", name="Open the last session of report: Completed")
    expect(last).to_be_visible(timeout=SLOW_MS)
    latest = screen.lab.ask("GET", "sessions", trigger="care/report")["items"][0]
    assert (latest["parameters"]["region"], latest["priority"]) == ("apac", 7)

    row.get_by_role("button", name="Copy the URL of report").click()
    assert page.evaluate("() => navigator.clipboard.readText()") == stored["url"]

    row.get_by_role("button", name="Edit report").click()
    form = screen.front()
    expect(form.locator("h1")).to_have_text("Edit report")
    form.get_by_label("days", exact=True).fill("30")
    expect(form.get_by_role("button", name="Save")).to_be_enabled()
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("region", name="Saved trigger")).to_be_visible()
    assert screen.lab.ask("GET", f"triggers/{stored['id']}")["parameters"] == {"days": 30}
    page.locator(".lm-TabBar-tab.lm-mod-current .lm-TabBar-tabCloseIcon:visible").last.click()

    triggers = screen.panel("triggers")
    row.get_by_role("switch", name="Disable report").click()
    expect(row.get_by_role("switch", name="Enable report")).not_to_be_checked()
    # The switch does not wait for the server.
    wait_until(lambda: not screen.lab.ask("GET", f"triggers/{stored['id']}")["enabled"], "it is disabled")
    assert httpx.post(stored["url"], json={}, trust_env=False).status_code == 404
    row.get_by_role("switch", name="Enable report").click()
    expect(row.get_by_role("switch", name="Disable report")).to_be_checked()

    row.get_by_role("button", name="Delete report").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(re.compile("URL stops working"))
    dialog.get_by_role("button", name="Cancel").click()
    expect(row).to_be_visible()
    row.get_by_role("button", name="Delete report").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    assert httpx.post(stored["url"], json={}, trust_env=False).status_code == 404

"""A notebook becomes an automation by its magics, and what it made is looked at in JupyterLab."""

from __future__ import annotations

import re

import httpx
from playwright.sync_api import expect

from .screen import SLOW_MS, Screen

SETUP = "%load_ext notebook_automation\nimport notebook_automation as na\nimport pandas as pd"
HANDLER = """%%trigger orders --webhook --filter 'data.method == "POST"'
df = pd.DataFrame({"region": ["emea", "apac"], "orders": [3, int(na.event.data.json["orders"])]})
na.artifact(df, "orders")
df"""


def test_magics_register_a_post_runs_it_and_its_table_opens_in_lab(screen: Screen) -> None:
    page = screen.page
    notebook = screen.type_notebook(
        "sales/report.ipynb", SETUP, '%trigger nightly --cron "0 6 * * MON-FRI" --tz Europe/Berlin', HANDLER
    )
    screen.run_cells(notebook)
    outputs = notebook.locator(".jp-OutputArea-output")
    expect(outputs).to_have_count(2)

    schedule = outputs.nth(0)
    expect(schedule).to_contain_text("sales/nightly")
    expect(schedule.get_by_text(re.compile(r"^Mon \d+ \w+ \d{4} 06:00 CES?T$"))).to_have_count(1)
    expect(schedule.get_by_text(re.compile(r"06:00 CES?T$"))).to_have_count(5)
    webhook = outputs.nth(1)
    url = webhook.get_by_role("row", name=re.compile("^URL")).locator("code").inner_text()
    assert url.startswith(f"{screen.lab.url}notebook-automation/webhooks/")
    expect(webhook.get_by_role("row", name=re.compile("^Try it")).locator("code")).to_contain_text("curl -X POST")
    webhook.get_by_role("button", name="Copy the URL").click()
    assert page.evaluate("() => navigator.clipboard.readText()") == url

    overview = screen.sidebar()
    expect(overview.locator("[data-trigger='sales/nightly']")).to_contain_text("nightly")
    expect(overview.locator("[data-trigger='sales/orders']")).to_contain_text("Webhook")

    webhook.get_by_text("Open in the panel").click()
    triggers = screen.front()
    expect(triggers.locator("[data-trigger='sales/orders']")).to_have_attribute("data-open", "true")
    expect(triggers.get_by_label("URL", exact=True)).to_have_text(url)

    screen.run("docmanager:open", path="sales/report.ipynb")
    screen.run("docmanager:save")
    screen.run("notebook:shutdown-kernel")

    sessions = screen.panel("sessions")
    page.evaluate("() => { window.notReloaded = true }")
    receipt = httpx.post(url, json={"orders": 41}, trust_env=False)
    assert receipt.status_code == 202, receipt.text
    row = sessions.locator("[data-session]", has_text="sales/orders").first
    expect(row).to_be_visible()
    expect(row.locator("[data-status=completed]").first).to_be_visible(timeout=SLOW_MS)
    assert page.evaluate("() => window.notReloaded")

    session_id = row.get_attribute("data-session") or ""
    row.locator(".na-Rows-main").click()
    session = screen.front()
    expect(session.locator("h1")).to_have_text("sales/orders")
    session.get_by_role("tab", name="Event").click()
    expect(session.get_by_label("Data", exact=True)).to_contain_text('"orders": 41')

    session.get_by_role("button", name="Open the executed notebook").click()
    executed = screen.document()
    expect(executed.locator(".jp-RenderedHTMLCommon table").first).to_contain_text("apac")
    expect(executed.locator(".jp-InputPrompt", has_text=re.compile(r"\[\d+\]"))).not_to_have_count(0)

    screen.panel("session", id=session_id)
    session.get_by_role("tab", name="Artifacts").click()
    session.get_by_title(re.compile(r"^Open orders")).click()
    table = screen.document()
    expect(table.locator(".jp-CSVViewer")).to_be_visible()

    assert not [path for path in screen.dirty() if path.startswith("Automation:")]
    assert screen.kernels() == 0

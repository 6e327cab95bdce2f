"""A project's variables and secrets on their page."""

from __future__ import annotations

from playwright.sync_api import expect

from .screen import Screen


def test_a_secret_is_set_never_shown_and_deleted(screen: Screen) -> None:
    lab = screen.lab
    lab.trigger(name="reads", type="manual", notebook=lab.notebook("vault/read.ipynb", "print('reads')"))
    panel = screen.panel("variables", project="vault")
    expect(panel).to_contain_text("vault has no variables yet")
    panel.get_by_role("textbox", name="Name").fill("API_KEY")
    panel.get_by_role("checkbox", name="Secret").check()
    panel.locator("input[type=password]").fill("hunter2-canary")
    panel.get_by_role("textbox", name="Description").fill("From the shop")
    panel.get_by_role("button", name="Set", exact=True).click()
    row = panel.locator("li[data-variable='API_KEY']")
    expect(row).to_contain_text("secret, not shown")
    expect(row).to_contain_text("From the shop")
    expect(panel.locator(".na-Form")).not_to_contain_text("Set anew")
    assert "hunter2" not in panel.inner_html()
    row.get_by_role("button", name="Change API_KEY").click()
    panel.get_by_role("textbox", name="Description").fill("From the other shop")
    panel.get_by_role("button", name="Set anew").click()
    expect(row).to_contain_text("From the other shop")
    assert lab.ask("GET", "projects/vault/variables")["items"] == [
        {"name": "API_KEY", "value": None, "secret": True, "description": "From the other shop"}
    ]

    panel.get_by_role("textbox", name="Name").fill("no name")
    panel.get_by_role("textbox", name="Value").fill("x")
    panel.get_by_role("button", name="Set", exact=True).click()
    expect(panel.get_by_role("textbox", name="Name")).to_have_attribute("aria-invalid", "true")
    screen.console.clear()  # the browser logs the 400 that was asked for

    row.get_by_role("button", name="Delete API_KEY").click()
    screen.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(panel).to_contain_text("vault has no variables yet")

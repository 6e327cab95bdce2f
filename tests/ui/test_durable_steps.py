"""The steps of a durable session in the panel."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from .screen import Screen

SET_UP = """import notebook_automation as na
def fails():
    raise ConnectionError("the service does not answer")"""
STEPS = """[na.step("charge", dict, order=number) for number in range(2)]
na.step("mail", fails)"""


def test_a_sessions_page_lists_its_steps_and_what_became_of_them(screen: Screen, shots: Path) -> None:
    notebook = screen.lab.notebook("steps/report.ipynb", SET_UP, STEPS)
    session = str(screen.lab.ask("POST", "sessions", {"notebook": notebook, "is_durable": True})["id"])
    screen.lab.ended(session)
    page = screen.panel("session", id=session)
    page.get_by_role("tab", name="Steps").click()
    rows = page.get_by_role("table", name="Steps").get_by_role("row")
    expect(rows).to_have_count(4)
    expect(rows.nth(1)).to_contain_text("charge")
    expect(rows.nth(1)).to_contain_text("{'order': 0}")
    expect(rows.nth(2)).to_contain_text("#2")
    expect(rows.nth(2)).to_contain_text("Done")
    expect(rows.nth(3)).to_contain_text("Failed")
    expect(rows.nth(3)).to_contain_text("ConnectionError: the service does not answer")
    for theme in ("light", "dark"):
        screen.set_theme(theme)  # type: ignore[arg-type]
        screen.page.screenshot(path=shots / f"steps-{theme}.png")
    screen.set_theme("light")

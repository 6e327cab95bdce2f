"""What runs is what is seen: an open notebook is saved before it runs."""

from __future__ import annotations

from typing import Any

from eventually import wait_until
from playwright.sync_api import Locator, expect

from .screen import SLOW_MS, Screen

NEVER = {"cron": "0 0 1 1 *", "timezone": "UTC"}


def _printed(screen: Screen, session: dict[str, Any]) -> str:
    assert session["status"] == "completed", session
    log = screen.lab.ask("GET", f"sessions/{session['id']}/log")["items"]
    return "".join(entry["text"] for entry in log if entry["kind"] in ("stdout", "print"))


def _type_over(screen: Screen, editor: Locator, source: str) -> None:
    editor.click()
    expect(editor).to_be_focused()
    screen.page.keyboard.press("ControlOrMeta+A")
    screen.page.keyboard.insert_text(source)


def test_a_program_that_is_open_with_changes_goes_along(screen: Screen) -> None:
    path = screen.lab.notebook("along/report.ipynb", "import helper\nprint(helper.TEXT)")
    program = screen.lab.root / "along" / "helper.py"
    program.write_text("TEXT = 'before'\n")
    trigger = screen.lab.trigger(name="along", type="schedule", schedule=NEVER, notebook=path)
    screen.open_file("along/helper.py")
    _type_over(screen, screen.page.locator(".jp-FileEditor .cm-content"), "TEXT = 'typed'")
    assert screen.dirty() == ["along/helper.py"]
    session = screen.lab.ended(screen.lab.fire(trigger))
    assert "before" in _printed(screen, session)

    panel = screen.panel("sessions", trigger="along/along")
    panel.locator(f"[data-session='{session['id']}']").get_by_role("checkbox").check()
    bar = panel.get_by_role("group", name="The list as a whole")
    bar.get_by_role("button", name="Retry with the files of now").click()
    expect(panel.locator("[data-session]")).to_have_count(2, timeout=SLOW_MS)
    again = screen.lab.ask("GET", "sessions", trigger="along/along")["items"][0]
    assert "typed" in _printed(screen, screen.lab.ended(again["id"]))
    assert program.read_text() == "TEXT = 'typed'"
    assert screen.dirty() == []


def test_what_is_typed_and_not_saved_is_what_runs(screen: Screen) -> None:
    path = "unsaved/report.ipynb"
    notebook = screen.type_notebook(path, "%load_ext notebook_automation", "print('first')", "%automation run --wait")
    screen.run_cells(notebook)
    trigger = screen.lab.trigger(name="yearly", type="schedule", schedule=NEVER, notebook=path)
    editors = notebook.locator(".jp-CodeCell .cm-content")

    _type_over(screen, editors.nth(1), "print('second')")
    assert screen.dirty() == [path]
    expect(screen.panel("triggers", id=trigger["id"])).to_contain_text("report.ipynb is open with changes")
    screen.open_file(path)
    screen.run("notebook-automation:run-trigger", id=trigger["id"])
    by_hand = f"triggers/{trigger['id']}"
    wait_until(lambda: screen.lab.ask("GET", by_hand)["last_session"], "it was started")
    session = screen.lab.ask("GET", by_hand)["last_session"]
    assert "second" in _printed(screen, screen.lab.ended(session["id"]))
    assert screen.dirty() == []

    _type_over(screen, editors.nth(1), "print('third')")
    before = {one["id"] for one in screen.lab.ask("GET", "sessions", call="report.ipynb")["items"]}
    editors.nth(2).click()
    screen.run("notebook:run-cell")
    found = screen.lab.ask("GET", "sessions", call="report.ipynb")["items"]
    [session] = [one for one in found if one["id"] not in before]
    assert "third" in _printed(screen, screen.lab.ended(session["id"]))

    _type_over(screen, editors.nth(1), "print('fourth')\n%trigger typed --every 1h")
    screen.run("notebook:run-cell")
    expect(notebook).to_contain_text("unsaved/typed", timeout=SLOW_MS)
    expect(notebook).not_to_contain_text("is not in the saved")
    assert "fourth" in (screen.lab.root / path).read_text()

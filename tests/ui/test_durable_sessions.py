"""Durable sessions in the panel: what is saved of each cell, and going on from there."""

from __future__ import annotations

import json
from pathlib import Path

from eventually import wait_until
from playwright.sync_api import Locator, expect

from .screen import SLOW_MS, Screen

CELLS = ("import socket\ntotal = 41", "names = ['ana', 'bea']\nprint('second ran')", "answer = total / divisor")


def _started(screen: Screen, *cells: str, name: str = "durable") -> str:
    notebook = screen.lab.notebook(f"{name}/report.ipynb", *cells)
    session = str(screen.lab.ask("POST", "sessions", {"notebook": notebook, "is_durable": True})["id"])
    screen.lab.ended(session)
    return session


def _cell(page: Locator, number: int) -> Locator:
    return page.get_by_role("list", name="Cells").locator("> li").nth(number - 1)


def _next(screen: Screen, page: Locator, before: str) -> Locator:
    shown = screen.page.locator(".na-Session:visible")
    expect(shown).not_to_have_attribute("data-session", before, timeout=SLOW_MS)
    return shown


def test_cells_show_what_they_left_and_a_session_goes_on_from_them(screen: Screen, shots: Path) -> None:
    first = _started(screen, *CELLS)
    page = screen.panel("session", id=first)
    saved = _cell(page, 2).get_by_role("button", name="Saved: ")
    expect(saved).to_be_visible()
    expect(_cell(page, 3).get_by_role("button", name="Saved: ")).to_have_count(0)
    saved.click()
    left = page.get_by_role("table", name="What cell 2 left")
    expect(left.get_by_role("row").filter(has_text="names")).to_contain_text("2 items")
    expect(left.get_by_role("row").filter(has_text="total")).to_contain_text("41")
    for theme in ("light", "dark"):
        screen.set_theme(theme)  # type: ignore[arg-type]
        screen.page.screenshot(path=shots / f"checkpoints-{theme}.png")
    screen.set_theme("light")

    page.get_by_role("button", name="Run again from cell 2").click()
    again = _next(screen, page, first)
    expect(again).to_have_attribute("data-status", "failed", timeout=SLOW_MS)
    expect(_cell(again, 1)).to_contain_text("kept")
    expect(_cell(again, 2)).not_to_contain_text("kept")
    expect(again.get_by_role("list", name="Log")).to_contain_text("second ran")
    second = again.get_attribute("data-session") or ""

    screen.lab.notebook("durable/report.ipynb", *CELLS[:2], "answer = total + 1\nprint('answer', answer)")
    again.get_by_role("button", name="Fork with the files of now").click()
    fixed = _next(screen, again, second)
    expect(fixed).to_have_attribute("data-status", "completed", timeout=SLOW_MS)
    expect(_cell(fixed, 2)).to_contain_text("kept")
    expect(fixed.get_by_role("list", name="Log")).to_contain_text("answer 42")
    expect(fixed.get_by_role("list", name="Log")).not_to_contain_text("second ran")
    fixed.get_by_role("button", name="goes on from an earlier session").click()
    expect(screen.page.locator(".na-Session:visible")).to_have_attribute("data-session", second)


def test_what_cannot_be_saved_says_so_at_its_cell(screen: Screen, shots: Path) -> None:
    session = _started(screen, CELLS[0], "conn = socket.socket()", "1 / 0", name="obstacle")
    page = screen.panel("session", id=session)
    expect(_cell(page, 1).get_by_role("button", name="Saved: ")).to_be_visible()
    expect(_cell(page, 2).get_by_role("button", name="Not resumable past here, because `conn`")).to_be_visible()
    expect(page.get_by_role("button", name="Resume", exact=True)).to_be_disabled()
    for theme in ("light", "dark"):
        screen.set_theme(theme)  # type: ignore[arg-type]
        screen.page.screenshot(path=shots / f"checkpoints-obstacle-{theme}.png")
    screen.set_theme("light")


def test_it_is_resumed_where_it_ended(screen: Screen) -> None:
    name = "resumed"
    flag = screen.lab.root / f"{name}-flag"
    failing = f"import os\nassert os.path.exists({str(flag)!r}), 'not yet'\nprint('went on')"
    session = _started(screen, *CELLS[:2], failing, name=name)
    flag.touch()
    page = screen.panel("session", id=session)
    page.get_by_role("button", name="Resume", exact=True).click()
    resumed = _next(screen, page, session)
    expect(resumed).to_have_attribute("data-status", "completed", timeout=SLOW_MS)
    expect(_cell(resumed, 2)).to_contain_text("kept")
    expect(resumed.get_by_role("list", name="Log")).to_contain_text("went on")
    expect(resumed.get_by_role("list", name="Log")).not_to_contain_text("second ran")


def test_a_failed_session_is_opened_live_fixed_and_resumed(screen: Screen, shots: Path) -> None:
    session = _started(
        screen, "from pathlib import Path\nPath('own.txt').write_text('mine')\ntotal = 41", CELLS[1],
        "answer = totl + 1\nprint('answer', answer)", name="live",
    )  # fmt: skip
    page = screen.panel("session", id=session)
    page.get_by_role("button", name="Open at the failed cell").click()
    notebook = screen.document()
    expect(notebook).to_contain_text("The state before cell 3", timeout=SLOW_MS)
    expect(screen.page.get_by_text("The kernel is in the state before this cell.")).to_be_visible(timeout=SLOW_MS)
    active = notebook.locator(".jp-Cell.jp-mod-active")
    expect(active).to_contain_text("answer = totl + 1")
    expect(notebook.locator(".jp-CodeCell").nth(1)).to_contain_text("second ran")

    # Its kernel has what the session had: names and files.
    active.locator(".cm-content").click()
    screen.page.keyboard.press("Control+A")
    screen.page.keyboard.type("answer = total + 1; print('answer', answer, Path('own.txt').read_text())")
    screen.run("notebook:run-cell")
    expect(active.locator(".jp-OutputArea")).to_contain_text("answer 42 mine", timeout=SLOW_MS)
    for theme in ("light", "dark"):
        screen.set_theme(theme)  # type: ignore[arg-type]
        screen.page.screenshot(path=shots / f"live-copy-{theme}.png")
    screen.set_theme("light")

    screen.page.get_by_role("button", name="Resume the session with this fix").click()
    fixed = _next(screen, page, session)
    expect(fixed).to_have_attribute("data-status", "completed", timeout=SLOW_MS)
    expect(_cell(fixed, 2)).to_contain_text("kept")
    expect(fixed.get_by_role("list", name="Log")).to_contain_text("answer 42 mine")
    assert "totl" in (screen.lab.root / "live" / "report.ipynb").read_text(), "the original stays as it is"

    screen.panel("session", id=session).get_by_role("button", name="Open at the failed cell").click()
    # Asked for at once, while the kernel of the copy restarts: it is discarded when that is over.
    expect(screen.page.get_by_text("Bringing the state back…").last).to_be_visible()
    [copy] = (screen.lab.root / "live").glob(f"report (session {session[-6:]}).ipynb")
    screen.page.get_by_role("button", name="Discard", exact=True).click()
    screen.page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(notebook).to_have_count(0, timeout=SLOW_MS)
    wait_until(lambda: not copy.exists(), "the copy is deleted")


def test_a_live_copy_whose_state_hangs_is_discarded(screen: Screen, shots: Path) -> None:
    slow = (
        "import time\nclass Slow:\n    def __getstate__(self):\n        return {'a': 1}\n"
        "    def __setstate__(self, state):\n        time.sleep(3600)\nslow = Slow()"
    )
    session = _started(screen, slow, "1 / 0", name="hangs")
    screen.panel("session", id=session).get_by_role("button", name="Open at the failed cell").click()
    notebook = screen.document()
    expect(notebook).to_contain_text("The state before cell 2", timeout=SLOW_MS)
    expect(screen.page.get_by_text("Bringing the state back…").last).to_be_visible()
    [copy] = (screen.lab.root / "hangs").glob(f"report (session {session[-6:]}).ipynb")
    screen.page.get_by_role("button", name="Discard", exact=True).click()
    screen.page.get_by_role("dialog").get_by_role("button", name="Discard").click()
    expect(notebook).to_have_count(0, timeout=SLOW_MS)
    wait_until(lambda: not copy.exists(), "the copy is deleted")
    expect(screen.page.get_by_text("Bringing the state back…")).to_have_count(0)


def test_a_session_that_waits_says_for_what_and_is_sent_the_signal(screen: Screen, shots: Path) -> None:
    cells = ("import notebook_automation as na", "got = na.wait('approve', timeout='2 days')", "print('got', got)")
    notebook = screen.lab.notebook("waiting/report.ipynb", *cells)
    session = str(screen.lab.ask("POST", "sessions", {"notebook": notebook, "is_durable": True})["id"])
    screen.lab.session_when(session, lambda now: now["status"] == "waiting", "it is parked")
    waits = "waits for signal approve, until"
    expect(screen.panel("sessions").get_by_text(waits).first).to_be_visible()
    page = screen.panel("session", id=session)
    expect(page).to_contain_text(waits)
    for theme in ("light", "dark"):
        screen.set_theme(theme)  # type: ignore[arg-type]
        screen.page.screenshot(path=shots / f"waiting-{theme}.png")
    screen.set_theme("light")

    page.get_by_role("button", name="Send signal approve…").click()
    dialog = screen.page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill('{"by": "ana"}')
    screen.page.screenshot(path=shots / "signal.png")
    dialog.get_by_role("button", name="Send").click()
    expect(page.locator(".na-Session")).to_have_attribute("data-status", "completed", timeout=SLOW_MS)
    expect(page.get_by_role("list", name="Log")).to_contain_text("got {'by': 'ana'}")
    expect(page.get_by_role("button", name="Send signal approve…")).to_have_count(0)


def test_a_session_that_sleeps_is_woken(screen: Screen, shots: Path) -> None:
    cells = ("import notebook_automation as na\ntotal = 41", "na.sleep('2 days')", "print('went on', total)")
    notebook = screen.lab.notebook("sleeping/report.ipynb", *cells)
    session = str(screen.lab.ask("POST", "sessions", {"notebook": notebook, "is_durable": True})["id"])
    screen.lab.session_when(session, lambda now: now["status"] == "waiting", "it is parked")
    listed = screen.panel("sessions")
    listed.get_by_label("Status").select_option(label="Waiting (1)")
    expect(listed.locator(f"[data-session={session}]")).to_contain_text("goes on at")
    screen.page.screenshot(path=shots / "waiting-listed.png")
    page = screen.panel("session", id=session)
    expect(page).to_contain_text("goes on at")
    for theme in ("light", "dark"):
        screen.set_theme(theme)  # type: ignore[arg-type]
        expect(page.get_by_role("button", name="Wake now")).to_be_visible()
        screen.page.screenshot(path=shots / f"wake-{theme}.png")
    screen.set_theme("light")
    page.get_by_role("button", name="Wake now").click()
    expect(page.locator(".na-Session")).to_have_attribute("data-status", "completed", timeout=SLOW_MS)
    expect(page.get_by_role("list", name="Log")).to_contain_text("went on 41")
    expect(page.get_by_role("button", name="Wake now")).to_have_count(0)


def test_it_is_forked_with_other_parameters(screen: Screen, shots: Path) -> None:
    notebook = screen.lab.notebook("regions/report.ipynb", "region = 'emea'", "rows = [region]", "print(rows, region)")
    file = screen.lab.root / notebook
    content = json.loads(file.read_text())
    content["cells"][0]["metadata"]["tags"] = ["parameters"]
    file.write_text(json.dumps(content))
    asked = {"notebook": notebook, "is_durable": True, "parameters": {"region": "amer"}}
    session = str(screen.lab.ask("POST", "sessions", asked)["id"])
    screen.lab.ended(session)
    page = screen.panel("session", id=session)
    page.get_by_role("button", name="Fork with other parameters…").click()
    dialog = screen.page.get_by_role("dialog")
    expect(dialog.get_by_label("region")).to_have_value("amer")
    dialog.get_by_label("region").fill("apac")
    for theme in ("light", "dark"):
        screen.set_theme(theme)  # type: ignore[arg-type]
        screen.page.screenshot(path=shots / f"fork-{theme}.png")
    screen.set_theme("light")
    dialog.get_by_label("From cell").fill("4")
    dialog.get_by_role("button", name="Fork").click()
    forked = _next(screen, page, session)
    expect(forked).to_have_attribute("data-status", "completed", timeout=SLOW_MS)
    expect(forked.get_by_role("list", name="Log")).to_contain_text("['amer'] apac")
    expect(forked.get_by_role("list", name="Log")).to_contain_text("Other parameters from there on: region")
    screen.page.screenshot(path=shots / "forked.png")

"""The page of a schedule: its times by what became of them, a range chosen and run after all, cancelled midway."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.sync_api import expect

from .screen import SLOW_MS, Screen
from .test_accessibility import AXE, audit

SLOW = "import time\ntime.sleep(300)"


def test_times_that_were_missed_are_chosen_run_after_all_and_cancelled(screen: Screen, shots: Path) -> None:
    lab, page = screen.lab, screen.page
    trigger = lab.trigger(
        name="nightly", type="schedule", schedule={"cron": "0 0 * * *", "timezone": "UTC"},
        notebook=lab.notebook("fill/slow.ipynb", SLOW),
    )  # fmt: skip
    page.set_viewport_size({"width": 1280, "height": 900})
    triggers = screen.panel("triggers", id=trigger["id"])
    triggers.get_by_role("button", name="Its times").click()
    panel = screen.front()
    squares = panel.locator("button[data-at]")
    expect(squares).to_have_count(91)
    expect(panel.get_by_label("Key")).to_have_text("91 missing")

    panel.get_by_label("Range").select_option(label="The last five weeks")
    expect(squares).to_have_count(35)
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    days = [f"{today - timedelta(days=back):%Y-%m-%d}T00:00:00Z" for back in range(5, 0, -1)]
    squares.and_(page.locator(f"[data-at='{days[0]}']")).click()
    squares.and_(page.locator(f"[data-at='{days[4]}']")).click(modifiers=["Shift"])
    expect(panel.locator("[aria-pressed=true]")).to_have_count(5)
    expect(panel.get_by_text("5 of 5 chosen times would run.")).to_be_visible()
    panel.get_by_label("Order").select_option(label="the newest first")
    page.evaluate(AXE.read_text())
    problems: list[str] = []
    for theme in ("light", "dark"):
        screen.set_theme(theme)
        page.screenshot(path=str(shots / f"{theme}-backfill-chosen.png"))
        problems += audit(page, panel, f"chosen, {theme}")

    panel.get_by_role("button", name="Backfill", exact=True).click()
    line = panel.locator("[data-group]")
    expect(line).to_contain_text("0 of 5 done, 1 under way", timeout=SLOW_MS)
    newest = squares.and_(page.locator(f"[data-at='{days[4]}']"))
    expect(newest).to_have_attribute("data-state", "running", timeout=SLOW_MS)
    expect(squares.and_(page.locator("[data-state=queued]"))).to_have_count(4)
    for theme in ("light", "dark"):
        screen.set_theme(theme)
        page.screenshot(path=str(shots / f"{theme}-backfill-running.png"))
        problems += audit(page, panel, f"running, {theme}")

    line.get_by_role("button", name="Cancel").click()
    page.get_by_role("dialog").get_by_role("button", name="Stop it").click()
    expect(line).to_have_attribute("data-state", "cancelled", timeout=SLOW_MS)
    expect(line).to_contain_text("5 of 5 done, 4 never begun")
    expect(newest).to_have_attribute("data-state", "cancelled", timeout=SLOW_MS)
    expect(squares.and_(page.locator("[data-state=missing]"))).to_have_count(34)
    assert not problems, "\n".join(problems)

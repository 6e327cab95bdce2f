"""Lists as a whole: sorted, selected, acted on in bulk, and taken along as CSV and JSON."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any

from eventually import wait_until
from playwright.sync_api import Locator, expect

from .screen import SLOW_MS, Screen


def test_triggers_are_sorted_switched_and_deleted_in_bulk(screen: Screen) -> None:
    lab, page = screen.lab, screen.page
    notebook = lab.notebook("bulk/report.ipynb", "print('done')")
    for name in ("bulk-b", "bulk-c", "bulk-a"):
        lab.trigger(name=name, type="manual", notebook=notebook)
    panel = screen.panel("triggers")
    panel.get_by_label("Search triggers").fill("bulk-")
    rows = panel.locator("[data-trigger]")
    expect(rows).to_have_count(3)
    names = rows.locator("strong")
    heading = panel.get_by_role("columnheader", name="Name")
    expect(heading).to_have_attribute("aria-sort", "none")
    heading.get_by_role("button").focus()
    for order, expected in (
        ("ascending", ["bulk-a", "bulk-b", "bulk-c"]),
        ("descending", ["bulk-c", "bulk-b", "bulk-a"]),
        ("none", ["bulk-a", "bulk-c", "bulk-b"]),
    ):
        page.keyboard.press("Enter")
        expect(heading).to_have_attribute("aria-sort", order)
        expect(names).to_have_text([re.compile(name) for name in expected])
    expect(heading.get_by_role("button")).to_be_focused()

    panel.get_by_label("Select bulk-a").focus()
    page.keyboard.press("Space")
    panel.get_by_label("Select bulk-b").check()
    expect(panel.get_by_text("2 of 3 selected")).to_be_visible()
    panel.get_by_role("button", name="Disable", exact=True).click()
    expect(rows.and_(page.locator("[data-enabled=false]"))).to_have_count(2)

    def enabled() -> list[bool]:
        return [lab.ask("GET", f"triggers/bulk/bulk-{one}")["enabled"] for one in "abc"]

    # A row shows what was asked for before the server has it.
    wait_until(lambda: enabled() == [False, False, True], lambda: str(enabled()))

    panel.get_by_label("Select all 3").check()
    panel.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Delete 3 triggers?")
    page.keyboard.press("Escape")
    expect(rows).to_have_count(3)
    panel.get_by_role("button", name="Delete", exact=True).click()
    dialog.get_by_role("button", name="Delete").click()
    expect(panel).to_contain_text("No trigger matches this filter.")
    assert lab.ask("GET", "triggers", q="bulk-")["items"] == []


def test_sessions_are_retried_in_bulk_and_what_the_filter_finds_is_exported(screen: Screen, tmp_path: Path) -> None:
    lab = screen.lab
    notebook = lab.notebook("export/count.ipynb", ("text = ''", "parameters"), "print(text)")
    trigger = lab.trigger(name="count", type="manual", notebook=notebook)
    other = lab.trigger(name="other", type="manual", notebook=notebook)
    ids = [lab.fire(trigger, parameters={"text": text}) for text in ("plain", "one, two")]
    for session in [*ids, lab.fire(other)]:
        assert lab.ended(session)["status"] == "completed"
    panel = screen.panel("sessions", trigger="export/count")
    rows = panel.locator("[data-session]")
    expect(rows).to_have_count(2)

    exported = json.loads(download(screen, panel, "JSON", tmp_path))
    assert [one["id"] for one in exported] == ids[::-1]
    lines = list(csv.DictReader(download(screen, panel, "CSV", tmp_path).splitlines()))
    assert [(line["id"], line["status"]) for line in lines] == [(one, "completed") for one in ids[::-1]]
    assert json.loads(lines[0]["parameters"]) == {"text": "one, two"}
    rows.last.get_by_role("checkbox").check()
    exported = json.loads(download(screen, panel, "JSON", tmp_path))
    assert [one["id"] for one in exported] == ids[:1]

    panel.get_by_label("1 of 2 selected").check()
    expect(panel.get_by_role("button", name="Cancel", exact=True)).to_be_disabled()
    panel.get_by_role("group", name="The list as a whole").get_by_role(
        "button", name="Retry with the same files"
    ).click()
    expect(rows).to_have_count(4, timeout=SLOW_MS)


def test_artifacts_are_deleted_in_bulk(screen: Screen) -> None:
    lab = screen.lab
    code = "import notebook_automation as na\nfor n in range(3):\n    na.artifact('text', f'bulk_{n}.txt')"
    trigger = lab.trigger(name="texts", type="manual", notebook=lab.notebook("texts/make.ipynb", code))
    assert lab.ended(lab.fire(trigger))["status"] == "completed"
    panel = screen.panel("artifacts", trigger="texts/texts")
    expect(panel.locator("[data-artifact]")).to_have_count(4)
    panel.get_by_label("Select bulk_0.txt").check()
    panel.get_by_label("Select bulk_2.txt").check()
    panel.get_by_role("button", name="Delete", exact=True).click()
    dialog = screen.page.get_by_role("dialog")
    expect(dialog).to_contain_text("Delete 2 artifacts")
    dialog.get_by_role("button", name="Delete").click()
    expect(panel.locator("[data-artifact]")).to_have_count(2)
    left = {one["name"] for one in lab.ask("GET", "artifacts", trigger="texts/texts")["items"]}
    assert left == {"bulk_1.txt", "make.ipynb"}


def download(screen: Screen, panel: Locator, button: str, folder: Path) -> Any:
    """The text of the file that a button gives."""
    with screen.page.expect_download() as found:
        panel.get_by_role("button", name=button, exact=True).click()
    found.value.save_as(folder / found.value.suggested_filename)
    return (folder / found.value.suggested_filename).read_text()

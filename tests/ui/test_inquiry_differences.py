"""The notebook so far in the panel, beside what changed since the run that was approved last."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, expect

from .screen import SLOW_MS, Screen, Theme
from .test_accessibility import AXE, audit

LOADS = "import notebook_automation as na\nrows = {'emea': 41, 'apac': 38, 'amer': 57}"
CHECKS = "assert all(rows.values())\nprint('checked', len(rows), 'regions')"
FIGURE = """from IPython.display import HTML, SVG
bars = "".join(f"<rect x='{20 + 70 * n}' y='{120 - 2 * v}' width='40' height='{2 * v}' fill='#1976d2'/>"
               for n, v in enumerate(rows.values()))
SVG(f"<svg xmlns='http://www.w3.org/2000/svg' width='240' height='130'>{bars}</svg>")"""
TABLE = """HTML("<table><tr><th>region<th>total</tr>"
     + "".join(f"<tr><td>{name}<td>{total}</tr>" for name, total in rows.items()) + "</table>")"""
RATE = "rate = 1.08\ntotals = {name: round(total * rate) for name, total in rows.items()}\nprint(totals)"
LIMIT = "limit = 62\nover = [name for name, total in totals.items() if total > limit]\nprint('over the limit:', over)"
DRAFT = "draft = 'to be deleted'"
ASKS = "answer = na.inquire('Publish the totals?', allow_requester=True)\nprint('told', answer.approved)"
THEMES: tuple[Theme, ...] = ("light", "dark")
CELLS = 100
"""Cells that stay as they are."""


def _filled(count: int) -> list[str]:
    return [f"step_{number} = {number}" for number in range(count)]


def _trigger(screen: Screen, name: str) -> dict[str, Any]:
    """Return a trigger of ``name/report.ipynb``."""
    notebook = screen.lab.notebook(f"{name}/report.ipynb", "")
    return screen.lab.trigger(name=name, type="manual", notebook=notebook, is_durable=True)


def _fire(screen: Screen, trigger: dict[str, Any], *cells: str) -> str:
    """Write a trigger's notebook, fire it, and return the id of what it asks."""
    lab = screen.lab
    lab.notebook(f"{trigger['name']}/report.ipynb", *cells)
    session = lab.fire(trigger)
    found: list[str] = []

    def look(_: object) -> bool:
        found[:] = [one["id"] for one in lab.ask("GET", "inquiries", session_id=session, status="pending")["items"]]
        return bool(found)

    lab.session_when(session, look, "it asks")
    return found[0]


def _so_far(screen: Screen, inquiry: str) -> Locator:
    return screen.panel("inquiry", id=inquiry).locator(".na-SoFar")


def test_what_changed_since_the_approved_run_is_shown_cell_by_cell(screen: Screen, shots: Path) -> None:
    page, lab = screen.page, screen.lab
    trigger = _trigger(screen, "differs")
    first = _fire(screen, trigger, LOADS, CHECKS, FIGURE, TABLE, RATE, DRAFT, *_filled(8), LIMIT, ASKS)
    expect(_so_far(screen, first)).to_contain_text("No earlier run was approved")
    panel = screen.front()
    panel.get_by_role("button", name="Approve").click()
    expect(panel.locator(".na-Inquiry-news")).to_contain_text("Approved by")

    edited = RATE.replace("1.08", "1.1")
    added = "assert totals['emea'] < 60"
    second = _fire(screen, trigger, LOADS, CHECKS, FIGURE, TABLE, edited, *_filled(8), added, LIMIT, ASKS)
    so_far = _so_far(screen, second)
    expect(so_far.get_by_text("Cells: 1 edited, 1 new, 1 removed, 1 with other output")).to_be_visible()
    cell = so_far.locator("[data-change=edited]")
    expect(cell.locator("del")).to_have_text("- rate = 1.08\n")
    expect(cell.locator("ins")).to_have_text("+ rate = 1.1\n")
    expect(cell).to_contain_text("'emea': 45")
    expect(so_far.locator("[data-change=added]")).to_contain_text(added)
    expect(so_far.locator("[data-change=removed]")).to_contain_text(DRAFT)
    expect(so_far.locator("[data-change=outputs]")).to_contain_text("over the limit: ['amer']")
    expect(so_far.locator("[data-asking]")).to_contain_text("asks")
    fold = so_far.get_by_role("button", name="unchanged cells").last
    expect(fold).to_have_attribute("aria-expanded", "false")
    page.evaluate(AXE.read_text())
    problems = []
    for theme in THEMES:
        screen.set_theme(theme)
        page.screenshot(path=shots / f"inquiry-difference-top-{theme}.png")
        so_far.locator("[data-change=edited]").scroll_into_view_if_needed()
        page.screenshot(path=shots / f"inquiry-difference-{theme}.png")
        # The content of frames is not ours, and no script may look into it.
        problems += audit(page, screen.front(), f"difference {theme}")
    assert not problems, "\n".join(problems)

    before = so_far.locator("[data-change=same]").count()
    fold.focus()
    page.keyboard.press("Enter")
    expect(fold).to_have_attribute("aria-expanded", "true")
    assert so_far.locator("[data-change=same]").count() > before
    so_far.get_by_text("All cells").click()
    expect(so_far.locator("li[data-change]")).to_have_count(17)
    expect(so_far.locator("iframe")).to_have_count(1)
    so_far.get_by_role("button", name="against the last approved run").click()
    expect(screen.front()).to_contain_text("Approved by")
    lab.ask("POST", f"inquiries/{second}/answers", {"decision": "reject"})


def test_a_long_notebook_draws_only_what_matters(screen: Screen) -> None:
    long = [LOADS, *_filled(CELLS)]
    trigger = _trigger(screen, "long")
    first = _fire(screen, trigger, *long, ASKS)
    screen.lab.ask("POST", f"inquiries/{first}/answers", {"decision": "approve"})
    second = _fire(screen, trigger, *long[:50], "step_50 = 500", *long[51:], ASKS)
    so_far = _so_far(screen, second)
    expect(so_far.get_by_role("button", name="unchanged cells")).to_have_count(2, timeout=SLOW_MS)
    expect(so_far.locator("li[data-change]")).to_have_count(5)
    screen.lab.ask("POST", f"inquiries/{second}/answers", {"decision": "reject"})

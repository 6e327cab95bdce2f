"""The page of a sweep: a grid of its two parameters by what came of each, and what failed run again."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from .screen import SLOW_MS, Screen
from .test_accessibility import AXE, audit

FAILS_AT_FIRST = (
    "import pathlib\nflag = pathlib.Path({flag!r})\n"
    "if (region, year) == ('apac', 2025) and not flag.exists():\n    flag.touch()\n    raise ValueError('no data')"
)


def test_a_sweep_is_a_grid_and_what_failed_is_run_again(screen: Screen, shots: Path, tmp_path: Path) -> None:
    lab, page = screen.lab, screen.page
    lab.notebook(
        "swept/report.ipynb", ("region = 'x'\nyear = 1", "parameters"),
        FAILS_AT_FIRST.format(flag=str(tmp_path / "failed")),
    )  # fmt: skip
    axes = {"region": ["emea", "apac"], "year": [2024, 2025]}
    group = lab.ask("POST", "sweeps", {"call": "swept/report.ipynb", "sweep": axes, "at_once": 2})
    panel = screen.panel("sweep", id=group["id"])
    grid = panel.get_by_role("table", name="Combinations")
    expect(grid.get_by_role("rowheader")).to_have_text(["emea", "apac"])
    expect(grid.get_by_role("columnheader")).to_have_text(["region \\ year", "2024", "2025"])
    expect(grid.locator("td[data-status=completed]")).to_have_count(3, timeout=SLOW_MS)
    expect(grid.locator("td[data-status=failed]")).to_have_count(1, timeout=SLOW_MS)
    expect(panel).to_contain_text("4 of 4 done, 1 failed", timeout=SLOW_MS)
    page.evaluate(AXE.read_text())
    problems: list[str] = []
    for theme in ("light", "dark"):
        screen.set_theme(theme)
        page.screenshot(path=str(shots / f"{theme}-sweep.png"))
        problems += audit(page, panel, f"sweep, {theme}")
    panel.get_by_role("button", name="Run again what has not completed").click()
    again = screen.front()
    expect(again).to_contain_text("1 of 1 done", timeout=SLOW_MS)
    expect(again.locator("td[data-status=completed]")).to_have_count(1)
    assert not problems, "\n".join(problems)

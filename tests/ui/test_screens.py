"""Every page with the example project in it, in both themes: nothing overflows, and a screenshot of each is kept."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Locator, expect

from .lab import Lab, new_lab
from .screen import SLOW_MS, Screen, Theme

EXAMPLES = Path(__file__).parents[2] / "example_notebooks"
NARROW = {"width": 760, "height": 900}
WIDE = {"width": 1400, "height": 900}
TRAINING = """import time
import notebook_automation as na
for epoch in range(1, 200):
    na.progress(0.42, f"epoch {epoch} of 200") if epoch == 1 else None
    print(f"epoch {epoch}: loss {1 / epoch:.3f}")
    time.sleep(2)"""
OVERFLOWING = """panel => {
    const box = panel.getBoundingClientRect()
    const scrolls = element => {
        for (let at = element; at && at !== panel; at = at.parentElement) {
            if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(at).overflowX)) return true
        }
        return false
    }
    return [...panel.querySelectorAll('*')]
        .filter(element => element.getClientRects().length && !scrolls(element.parentElement))
        .filter(element => element.getBoundingClientRect().right > box.right + 1)
        .map(element => element.outerHTML.slice(0, 120))
}"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """A server on the example project, with sessions of every kind."""
    lab = new_lab(tmp_path_factory.mktemp("examples"))
    shutil.copytree(EXAMPLES, lab.root, dirs_exist_ok=True)
    lab.start()
    yield lab
    lab.stop()


@pytest.fixture(scope="module")
def sessions(lab: Lab) -> dict[str, str]:
    """A session of each kind, by what became of it."""
    report = lab.trigger(
        name="weekday_report", type="schedule", notebook="sales_report/report.ipynb", report="html", keep="30 days",
        schedule={"cron": "0 6 * * MON-FRI", "timezone": "Europe/Berlin"}, parameters={"region": "emea"},
    )  # fmt: skip
    hourly = lab.trigger(
        name="hourly", type="schedule", notebook="data_quality/check.ipynb", schedule={"cron": "@hourly"}
    )
    uploads = lab.trigger(
        name="uploads", type="webhook", notebook="data_quality/check.ipynb", event_type="post",
        filter='data.json.file.endsWith(".csv")', mapping={"file": "data.json.file"},
    )  # fmt: skip
    tickets: dict[str, Any] = {
        "type": "webhook", "event_type": "post", "notebook": "webhook_triage/triage.ipynb", "handler": "tickets",
    }  # fmt: skip
    hook = lab.trigger(name="tickets", filter="has(data.json.subject)", **tickets)
    lab.trigger(name="pull_requests", **{**tickets, "handler": "pull_requests", "enabled": False})
    found = {"report": lab.fire(report), "amer": lab.fire(report, parameters={"region": "amer"})}
    found["broken"] = lab.fire(hourly)
    post(uploads["url"], {"file": "orders_clean.csv"})
    ticket = json.loads((EXAMPLES / "webhook_triage" / "samples" / "ticket.json").read_text())
    for number in range(4711, 4714):
        post(hook["url"], {**ticket, "id": number})
    assert lab.ended(found["broken"])["status"] == "failed"
    assert lab.ended(found["report"])["status"] == "completed"
    assert lab.ended(found["amer"])["status"] == "completed"
    training = lab.trigger(name="training", type="manual", notebook=lab.notebook("models/train.ipynb", TRAINING, "1"))
    found["training"] = lab.fire(training)
    lab.session_when(found["training"], lambda one: one["progress"] is not None, "it says how far it is")
    found["ticket"] = lab.ask("GET", "sessions", trigger="webhook_triage/tickets")["items"][0]["id"]
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_overflows_in_either_theme(screen: Screen, sessions: dict[str, str], theme: Theme, shots: Path) -> None:
    screen.set_theme(theme)
    overview = screen.sidebar()
    expect(overview.get_by_role("list", name="Running now")).to_contain_text("epoch 1 of 200")

    def keep(name: str, panel: Locator) -> None:
        expect(panel.get_by_text("Loading…")).to_have_count(0)
        screen.page.screenshot(path=str(shots / f"{theme}-{name}.png"))
        # The panel itself scrolls: what is beside it is looked for from there.
        for part in (panel.locator(".na-Panel"), overview):
            assert part.evaluate(OVERFLOWING) == [], name

    report = screen.lab.ask("GET", "triggers/sales_report/weekday_report")["id"]
    for size, prefix in ((WIDE, ""), (NARROW, "narrow-")):
        screen.page.set_viewport_size(size)  # type: ignore[arg-type]
        keep(f"{prefix}triggers", screen.panel("triggers", id=report))
        panel = screen.panel("sessions")
        # More than eight where the hour has just begun.
        expect(panel.locator("[data-session]").nth(7)).to_be_visible()
        keep(f"{prefix}sessions", panel)
        panel = screen.panel("session", id=sessions["broken"])
        expect(panel.get_by_label("Traceback")).to_contain_text("AssertionError")
        keep(f"{prefix}session-failed", panel)
        panel = screen.panel("session", id=sessions["training"])
        expect(panel.get_by_role("list", name="Log")).to_contain_text("loss")
        keep(f"{prefix}session-running", panel)
        panel = screen.panel("session", id=sessions["report"])
        for tab in ("Log", "Artifacts", "Parameters and result", "Event"):
            panel.get_by_role("tab", name=tab).click()
            keep(f"{prefix}session-{tab.split()[0].lower()}", panel)
        panel = screen.panel("artifacts")
        expect(panel.locator("[data-artifact='products.csv']").first).to_be_visible()
        keep(f"{prefix}artifacts", panel)
        panel = screen.panel("automate", path="sales_report/report.ipynb")
        expect(panel.locator(".na-NextFires li")).to_have_count(5)
        keep(f"{prefix}automate", panel)
        screen.run("application:close-all")
    screen.page.set_viewport_size(WIDE)  # type: ignore[arg-type]
    panel = screen.panel("session", id=sessions["report"])
    panel.get_by_role("button", name="Open the executed notebook").click()
    expect(screen.document().locator(".jp-RenderedImage img").first).to_be_visible(timeout=SLOW_MS)
    screen.page.screenshot(path=str(shots / f"{theme}-notebook.png"))


def post(url: str, body: dict[str, Any]) -> httpx.Response:
    answer = httpx.post(url, json=body, timeout=60, trust_env=False)
    assert answer.is_success, answer.text
    return answer

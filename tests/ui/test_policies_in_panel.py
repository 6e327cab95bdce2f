"""A queue under a policy in the panel: defined by the form, seen on the sessions, moving up, in both themes."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from .screen import SLOW_MS, Screen
from .test_accessibility import AXE, audit

SLOW = "import time\ntime.sleep(300)"


def test_sessions_of_a_limited_trigger_wait_for_their_turn_and_move_up(screen: Screen, shots: Path) -> None:
    lab = screen.lab
    form = screen.panel("automate", path=lab.notebook("queue/slow.ipynb", SLOW))
    form.get_by_text("By hand").click()
    form.get_by_text("Report, artifacts, limits").click()
    limit = form.get_by_label("At most so many runs")
    limit.fill("lots")
    expect(limit).to_have_attribute("aria-invalid", "true")
    limit.fill("1")
    expect(limit).not_to_have_attribute("aria-invalid", "true")
    form.get_by_label("Priority").fill("2")
    screen.page.evaluate(AXE.read_text())
    problems: list[str] = []
    for theme in ("light", "dark"):
        screen.set_theme(theme)
        screen.page.screenshot(path=str(shots / f"{theme}-policy-form.png"))
        problems += audit(screen.page, form, f"form, {theme}")
    form.get_by_role("button", name="Create").click()
    expect(form.get_by_role("region", name="Saved trigger")).to_be_visible()
    trigger = lab.ask("GET", "triggers/queue/slow")
    assert (trigger["policy"]["written"], trigger["priority"]) == ("1", 2)

    first, second, third = (lab.fire(trigger) for _ in range(3))
    lab.session_when(first, lambda found: found["status"] == "running", "it runs")
    screen.run("application:close-all")
    triggers = screen.panel("triggers", id=trigger["id"])
    expect(triggers.get_by_text("at most 1 at once; the others wait")).to_be_visible()
    for theme in ("light", "dark"):
        screen.set_theme(theme)
        screen.page.screenshot(path=str(shots / f"{theme}-policy-trigger.png"))
        problems += audit(screen.page, triggers, f"trigger, {theme}")
    triggers.get_by_role("button", name="2 wait now").click()

    sessions = screen.front()
    expect(sessions.locator("[data-session]")).to_have_count(2)
    expect(sessions.locator(f"[data-session='{third}']")).to_contain_text("number 2 in the queue of queue/slow")
    for theme in ("light", "dark"):
        screen.set_theme(theme)
        screen.page.screenshot(path=str(shots / f"{theme}-policy-queue.png"))
        problems += audit(screen.page, sessions, f"sessions, {theme}")

    page = screen.panel("session", id=third)
    expect(page).to_contain_text("waits for its turn, number 2 in the queue of queue/slow")
    expect(page).to_contain_text("lets at most 1 at once run")
    for theme in ("light", "dark"):
        screen.set_theme(theme)
        screen.page.screenshot(path=str(shots / f"{theme}-policy-session.png"))
        problems += audit(screen.page, page, f"session, {theme}")
    lab.ask("POST", f"sessions/{first}/cancel")
    expect(page).to_contain_text("waits for its turn, number 1 in the queue of queue/slow", timeout=SLOW_MS)
    lab.ask("POST", f"sessions/{second}/cancel")
    expect(page.locator(".na-Session")).to_have_attribute("data-status", "running", timeout=SLOW_MS)
    lab.ask("POST", f"sessions/{third}/cancel")
    assert lab.ended(third)["status"] == "cancelled"
    assert not problems, "\n".join(problems)


def test_the_policies_of_a_project_are_set_and_show_what_waits_for_them(screen: Screen, shots: Path) -> None:
    lab = screen.lab
    notebook = lab.notebook("limits/slow.ipynb", SLOW)
    lab.trigger(name="slow", type="manual", notebook=notebook)
    page = screen.panel("policies", project="limits")
    form = page.get_by_role("form", name="Set a policy")
    form.get_by_label("Name").fill("calm")
    limit = form.get_by_label("At most so many runs")
    limit.fill("lots")
    form.get_by_role("button", name="Set").click()
    expect(limit).to_have_attribute("aria-invalid", "true")
    limit.fill("1")
    form.get_by_label("Of").fill("slow.ipynb")
    form.get_by_role("button", name="Set").click()
    row = page.locator("[data-policy='calm']")
    expect(row).to_contain_text("slow.ipynb: at most 1 at once; the others wait")

    first, second, third = (lab.ask("POST", "sessions", {"notebook": notebook})["id"] for _ in range(3))
    row.get_by_role("button", name="Show details of calm").click()
    queue = page.get_by_role("list", name="What waits for calm")
    expect(queue.locator("li")).to_have_count(2)
    expect(queue.locator(f"[data-session='{third}']")).to_contain_text("number 2")
    expect(queue.locator(f"[data-session='{third}']")).to_contain_text("lets at most 1 at once run")
    screen.page.evaluate(AXE.read_text())
    problems: list[str] = []
    for theme in ("light", "dark"):
        screen.set_theme(theme)
        screen.page.screenshot(path=str(shots / f"{theme}-policies.png"))
        problems += audit(screen.page, page, f"policies, {theme}")
    lab.ask("POST", f"sessions/{second}/cancel")
    expect(queue.locator(f"[data-session='{third}']")).to_contain_text("number 1", timeout=SLOW_MS)
    lab.ask("POST", f"sessions/{third}/cancel")
    lab.ask("POST", f"sessions/{first}/cancel")
    row.get_by_role("button", name="Change calm").click()
    expect(limit).to_have_value("1")
    row.get_by_role("button", name="Delete calm").click()
    screen.page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(row).to_have_count(0)
    assert lab.ask("GET", "projects/limits/policies")["items"] == []
    assert problems == []

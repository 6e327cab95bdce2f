"""What went wrong, and what would: equal failures are one line, a trigger that cannot run says so."""

from __future__ import annotations

import secrets

from playwright.sync_api import expect

from .screen import SLOW_MS, Screen


def test_equal_failures_are_one_line_that_is_acknowledged(screen: Screen) -> None:
    lab = screen.lab
    code = (("text = ''", "parameters"), "raise ValueError(text)")
    name = f"failing-{secrets.token_hex(3)}"  # no failure of another try is counted
    trigger = lab.trigger(name=name, type="manual", notebook=lab.notebook("failures/fail.ipynb", *code))
    sessions = [lab.fire(trigger, parameters={"text": text}) for text in ("equal", "equal", "other")]
    for session in sessions:
        assert lab.ended(session)["status"] == "failed"

    failed = screen.sidebar().get_by_role("list", name="Failed in the last day")
    lines = failed.locator("li", has_text=name)
    expect(lines).to_have_count(2)
    equal = lines.filter(has_text="ValueError: equal")
    expect(equal).to_contain_text("× 2")
    before = lab.ask("GET", "status")["failed_today"]
    equal.get_by_role("button", name="Acknowledge").click()
    expect(lines).to_have_count(1)
    expect(lines).to_contain_text("ValueError: other")
    seen = [lab.ask("GET", f"sessions/{one}")["acknowledged_by"] is not None for one in sessions]
    assert seen == [True, True, False]
    assert lab.ask("GET", "status")["failed_today"] == before - 2

    panel = screen.panel("sessions", trigger=f"failures/{name}")
    panel.locator(f"[data-session='{sessions[2]}']").get_by_role("checkbox").check()
    bar = panel.get_by_role("group", name="The list as a whole")
    bar.get_by_role("button", name="Acknowledge").click()
    expect(lines).to_have_count(0)


def test_a_trigger_whose_file_went_says_so_everywhere_and_is_mended(screen: Screen) -> None:
    lab = screen.lab
    trigger = lab.trigger(name="lost", type="manual", notebook=lab.notebook("lost/report.ipynb", "print(1)"))
    (lab.root / "lost" / "report.ipynb").rename(lab.root / "lost" / "report_v2.ipynb")
    expect(screen.sidebar().locator("[data-trigger='lost/lost']")).to_contain_text("cannot run")
    panel = screen.panel("triggers", id=trigger["id"])
    row = panel.locator("[data-trigger='lost/lost']")
    expect(row.locator(".na-Rows-line")).to_contain_text("Cannot run: ")
    expect(row.get_by_role("alert")).to_contain_text("report.ipynb")
    row.get_by_role("button", name="Let it run report_v2.ipynb").click()
    expect(row.get_by_role("alert")).to_have_count(0)
    expect(row).to_contain_text("report_v2.ipynb")
    expect(row).not_to_contain_text("Cannot run")
    expect(screen.sidebar().locator("[data-trigger='lost/lost']")).not_to_contain_text("cannot run")
    assert lab.ask("GET", f"triggers/{trigger['id']}")["problems"] == []


def test_an_error_of_the_form_stands_under_its_field(screen: Screen) -> None:
    path = screen.lab.notebook("fields/report.ipynb", ("region = 'emea'", "parameters"), "print(region)")
    form = screen.panel("automate", path=path)
    zone = form.get_by_label("Time zone")
    expect(zone).to_have_value(screen.lab.ask("GET", "status")["timezone"])
    zone.fill("Mars/Olympus")
    expect(zone).to_have_attribute("aria-invalid", "true")
    form.get_by_text("On a webhook").click()
    form.get_by_text("Take parameters from the event").click()
    mapping = form.get_by_label("region =")
    mapping.fill("data.json[")
    expect(mapping).to_have_attribute("aria-invalid", "true", timeout=SLOW_MS)
    expect(form.get_by_role("alert")).to_have_count(0)
    expect(form.get_by_role("button", name="Create")).to_be_disabled()
    mapping.fill("data.json.region")
    expect(mapping).not_to_have_attribute("aria-invalid", "true")
    expect(form.get_by_role("button", name="Create")).to_be_enabled()

"""The form makes triggers that follow sessions and watch files; their pages say what they wait for."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import expect

from .screen import Screen
from .test_accessibility import AXE, audit


def test_a_trigger_that_runs_after_others_is_made_by_the_form(screen: Screen, shots: Path) -> None:
    path = screen.lab.notebook("chained/summary.ipynb", "print('summed up')")
    form = screen.panel("automate", path=path)
    form.get_by_text("After a session").click()
    names = form.get_by_label("Runs after")
    expect(names).to_have_attribute("aria-invalid", "true")
    names.fill("emea, apac")
    form.get_by_label("All of them within (minutes)").fill("120")
    expect(form.get_by_text("after all of emea, apac completed within 2 hours")).to_be_visible()
    expect(form.get_by_text("It runs after 'emea', and the project has neither")).to_be_visible()
    screen.page.add_script_tag(path=str(AXE))
    for theme in ("light", "dark"):
        screen.set_theme(theme)
        assert audit(screen.page, form, theme) == []
        screen.page.screenshot(path=str(shots / f"{theme}-after-form.png"))
    form.get_by_role("button", name="Create").click()
    expect(form.get_by_role("region", name="Saved trigger")).to_be_visible()
    stored = screen.lab.ask("GET", "triggers/chained/summary")
    assert (stored["type"], stored["after"]["of"], stored["after"]["within"]) == ("session", ["emea", "apac"], 7200)

    screen.run("application:close-all")
    triggers = screen.panel("triggers", id=stored["id"])
    expect(triggers.get_by_text("all of emea, apac completed within 2 hours").last).to_be_visible()
    screen.page.screenshot(path=str(shots / "dark-after-trigger.png"))


def test_a_trigger_on_files_is_made_by_the_form(screen: Screen, shots: Path) -> None:
    path = screen.lab.notebook("watching/import.ipynb", "print('imported')")
    form = screen.panel("automate", path=path)
    form.get_by_text("On a file").click()
    form.get_by_label("Files").fill("../x")
    expect(form.get_by_text("leaves the project")).to_be_visible()
    form.get_by_label("Files").fill("data/*.csv")
    form.get_by_label("It was deleted").check()
    expect(form.get_by_text("when data/*.csv is created or changed or deleted")).to_be_visible()
    screen.page.screenshot(path=str(shots / "light-files-form.png"))
    form.get_by_role("button", name="Create").click()
    expect(form.get_by_role("region", name="Saved trigger")).to_be_visible()
    assert screen.lab.ask("GET", "triggers/watching/import")["files"]["paths"] == ["data/*.csv"]

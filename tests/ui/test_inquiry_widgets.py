"""Forms in notebooks that work while a cell waits: what a session asks, what waits for me, `na.form`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import Locator, Page, expect

from .lab import Lab
from .screen import READY_MS, SLOW_MS, Screen, Theme
from .test_accessibility import AXE, audit

PROMPT = (
    "Publish **it**?\\n\\n<img src=x onerror='window.evil = 1'><script>window.evil = 1</script>"
    "[x](javascript:window.evil=1)"
)
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR4nGNgYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
ASKS = f"""import notebook_automation as na
class Trend:
    def _repr_png_(self):
        return "{PNG}"
answer = na.inquire("{PROMPT}", allow_requester=True, show={{"trend": Trend()}})
print("approved" if answer else "rejected", answer.channel, answer.comment)"""
CHOOSES = """import notebook_automation as na
where = na.inquire("Where?", ["eu", "us"], allow_requester=True)
limits = na.inquire("These limits?", proposed={"low": 1, "name": "x"}, allow_requester=True)
print(where.value, limits.value, limits.edits)
print(na.inquire("Sure?", allow_requester=True).question)"""
FORM = """import notebook_automation as na
from dataclasses import dataclass
from datetime import date
@dataclass
class Release:
    version: str
    day: date
    sure: bool = False
print(na.form(Release, "Which release?", proposed={"version": "1.3"}))"""


def run_all(page: Page) -> None:
    """Run the cells of the notebook in front, without waiting for them."""
    page.evaluate("() => { void window.jupyterapp.commands.execute('notebook:run-all-cells') }")


def start_and_wait(call: str) -> str:
    return f"import notebook_automation as na\nrun = na.start({call!r})\ndisplay(run)\nprint(run.wait().status)"


def asked(lab: Lab, session: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = lab.ask("GET", "inquiries", session_id=session)["items"]
    return found


def answer_in(notebook: Locator) -> None:
    """Answer the inquiry of `ASKS` in the output of the cell that waits."""
    card = notebook.locator(".na-SessionWidget article.na-Inquiry")
    expect(card).to_contain_text("Publish it?", timeout=SLOW_MS)
    expect(notebook.locator(".jp-InputPrompt", has_text="[*]:").first).to_be_visible()
    assert card.locator(".na-Inquiry-prompt").locator("img, script").count() == 0
    picture = card.get_by_role("img", name="trend")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 1
    card.get_by_label("Comment").fill("dd looks good")  # "dd" would delete the cell
    card.get_by_role("button", name="Approve").click()
    expect(card).to_contain_text("Approved by", timeout=SLOW_MS)
    expect(notebook.locator(".jp-InputPrompt", has_text="[*]:")).to_have_count(0, timeout=SLOW_MS)
    expect(notebook.locator(".jp-OutputArea-output", has_text="completed").last).to_be_visible()


def test_what_a_session_asks_is_answered_in_the_cell_that_waits_for_it(screen: Screen, shots: Path) -> None:
    screen.lab.notebook("asks/asks.ipynb", ASKS)
    notebook = screen.type_notebook("asks/open.ipynb", start_and_wait("asks.ipynb"))
    run_all(screen.page)
    card = notebook.locator(".na-SessionWidget article.na-Inquiry")
    expect(card.locator("strong")).to_have_text("it", timeout=SLOW_MS)
    screen.page.evaluate(AXE.read_text())
    themes: tuple[Theme, ...] = ("dark", "light")
    for theme in themes:
        screen.set_theme(theme)
        card.screenshot(path=str(shots / f"inquiry-widget-{theme}.png"))
        assert audit(screen.page, card, f"widget {theme}") == []
    answer_in(notebook)
    assert screen.page.evaluate("() => window.evil") is None
    session = screen.lab.ask("GET", "sessions", call="asks.ipynb", limit=1)["items"][0]["id"]
    [inquiry] = asked(screen.lab, session)
    assert (inquiry["channel"], inquiry["response"]["comment"]) == ("widget", "dd looks good")


def test_what_waits_for_me_is_answered_while_another_cell_runs(screen: Screen) -> None:
    screen.lab.notebook("mine/chooses.ipynb", CHOOSES)
    mine = "import notebook_automation as na\nna.inquiries()"
    run = "run = na.start('chooses.ipynb')\nprint(run.wait().status)"
    notebook = screen.type_notebook("mine/open.ipynb", mine, run)
    run_all(screen.page)
    waiting = notebook.get_by_role("region", name="Waiting for you")
    where = waiting.get_by_role("article", name="Where?")
    expect(where).to_be_visible(timeout=SLOW_MS)
    where.get_by_role("button", name="us").click()
    expect(where).to_contain_text("Answered by", timeout=SLOW_MS)
    limits = waiting.get_by_role("article", name="These limits?")
    expect(limits).to_be_visible(timeout=SLOW_MS)
    limits.get_by_label("low").fill("many")
    limits.get_by_role("button", name="Approve").click()
    expect(limits.get_by_role("alert")).to_contain_text("whole number")
    limits.get_by_label("low").fill("3")
    limits.get_by_role("button", name="Approve").click()
    sure = waiting.get_by_role("article", name="Sure?")
    expect(sure).to_be_visible(timeout=SLOW_MS)
    sure.get_by_text("Delegate, send back").click()
    sure.get_by_label("Question").fill("Which region?")
    sure.get_by_role("button", name="Send back").click()
    expect(sure).to_contain_text("Which region?", timeout=SLOW_MS)
    expect(notebook.locator(".jp-OutputArea-output", has_text="completed").last).to_be_visible(timeout=SLOW_MS)
    session = screen.lab.ask("GET", "sessions", call="chooses.ipynb", limit=1)["items"][0]["id"]
    answered = {one["title"]: one for one in asked(screen.lab, session)}
    assert answered["Where?"]["response"]["value"] == "us"
    assert answered["Sure?"]["response"]["question"] == "Which region?"
    assert answered["These limits?"]["response"]["edits"] == [{"path": "/low", "before": 1, "after": 3}]


def test_a_cell_waits_for_a_form_and_gets_what_was_filled_in(screen: Screen, shots: Path) -> None:
    notebook = screen.type_notebook("form/open.ipynb", FORM)
    run_all(screen.page)
    form = notebook.get_by_role("region", name="Which release?")
    expect(form.get_by_label("version")).to_have_value("1.3", timeout=SLOW_MS)
    form.get_by_role("button", name="Submit").click()
    expect(form.get_by_role("alert")).to_have_text("Fill in: day.")
    form.get_by_label("version").fill("1.4")
    form.get_by_label("day").fill("2026-12-24")
    form.get_by_label("sure").check()
    form.screenshot(path=str(shots / "form-widget.png"))
    form.get_by_role("button", name="Submit").click()
    made = "Release(version='1.4', day=datetime.date(2026, 12, 24), sure=True)"
    expect(notebook.locator(".jp-OutputArea-output", has_text=made)).to_be_visible(timeout=SLOW_MS)
    expect(form).to_contain_text("Submitted.")
    expect(form.get_by_role("button", name="Submit")).to_be_hidden()


def test_an_interrupted_form_is_over(screen: Screen) -> None:
    notebook = screen.type_notebook("form/given-up.ipynb", FORM)
    run_all(screen.page)
    form = notebook.get_by_role("region", name="Which release?")
    expect(form.get_by_role("button", name="Submit")).to_be_visible(timeout=SLOW_MS)
    screen.run("notebook:interrupt-kernel")
    expect(form).to_contain_text("does not wait for this any more", timeout=SLOW_MS)
    expect(form.get_by_role("button", name="Submit")).to_be_hidden()


def test_jupyter_notebook_7_answers_in_the_cell_that_waits(page: Page, lab: Lab, shots: Path) -> None:
    screen = Screen(page, lab)
    screen.listen()
    lab.notebook("seven-asks/asks.ipynb", ASKS)
    path = lab.notebook("seven-asks/open.ipynb", start_and_wait("asks.ipynb"))
    page.goto(f"{lab.url}notebooks/{path}?token={lab.token}")
    page.wait_for_function("() => window.jupyterapp && window.jupyterapp.restored.then(() => true)", timeout=READY_MS)
    page.wait_for_function(
        "() => { const panel = window.jupyterapp.shell.currentWidget;"
        " return panel && panel.sessionContext.session && panel.sessionContext.session.kernel.status === 'idle' }",
        timeout=SLOW_MS,
    )
    run_all(page)
    notebook = page.locator(".jp-NotebookPanel")
    answer_in(notebook)
    page.screenshot(path=str(shots / "inquiry-widget-notebook7.png"))
    assert page.evaluate("() => window.evil") is None
    screen.tidy()

"""What people do with an inquiry besides answering it, by keyboard where a person would: the panel's own controls."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from xss import PAYLOADS

from .conftest import SIZE as WIDE
from .lab import Lab
from .screen import SLOW_MS, Screen, Theme
from .test_accessibility import AXE, audit, tab_to

NARROW = {"width": 440, "height": 800}
"""The panel has 360 pixels of it, beside Lab's own bars."""
THEMES: tuple[Theme, ...] = ("light", "dark")
SHOWN = """import notebook_automation as na
class Page:
    def _repr_html_(self):
        return "<h3>A page</h3><script>document.title = 'ran'; parent.stolen = 1; top.stolen = 1</script>"
class Table:
    def _repr_html_(self):
        return "<table><tr><th>region<th>total</tr><tr><td>emea<td>41</tr></table>"
class Figure:
    def _repr_svg_(self):
        return "<svg xmlns='http://www.w3.org/2000/svg' width='200' height='80'><rect width='90' height='60'/></svg>"
    _repr_html_ = None
na.inquire("Are these right?", show={"trend": Figure(), "page": Page(), "totals": Table(), "note": "as agreed"},
           allow_requester=True)"""
ACTIVE = """part => [...part.querySelectorAll('*')].filter(one =>
    ['SCRIPT', 'OBJECT', 'EMBED', 'BASE', 'LINK', 'META'].includes(one.tagName)
    || (one.tagName === 'IFRAME' && !one.hasAttribute('sandbox'))
    || [...one.attributes].some(({name, value}) => name.startsWith('on')
        || /^(href|src|action|formaction|xlink:href)$/.test(name) && /^\\s*(javascript|vbscript):/i.test(value))
).map(one => one.outerHTML.slice(0, 200))"""
"""What in a part of the page could do something of its own."""
FORM = """import notebook_automation as na
answer = na.inquire("How much?", {"type": "object", "required": ["amount"], "properties": {
    "amount": {"type": "integer", "title": "Amount", "multipleOf": 5}, "name": {"type": "string", "minLength": 3}}},
    allow_requester=True)"""


@pytest.fixture(autouse=True)
def _nothing_waits_on(lab: Lab) -> Iterator[None]:
    """Leave no inquiry to the next test, and nobody away."""
    yield
    lab.ask("DELETE", "inquiries/absences/me")
    for inquiry in lab.ask("GET", "inquiries", status="pending")["items"]:
        lab.http.post(f"sessions/{inquiry['session_ref']}/cancel", json={})


def _asked(lab: Lab, name: str, *cells: str, count: int = 1) -> list[dict[str, Any]]:
    """Start a notebook that asks, and return what it asks, the first one first."""
    notebook = lab.notebook(f"{name}/report.ipynb", "import notebook_automation as na", *cells)
    session = lab.ask("POST", "sessions", {"notebook": notebook, "is_durable": True})["id"]
    found: list[dict[str, Any]] = []

    def look(_: object) -> bool:
        found[:] = lab.ask("GET", "inquiries", session_id=session, status="pending")["items"]
        return len(found) == count

    lab.session_when(session, look, "it asks")
    return found[::-1]


def _pictured(screen: Screen, part: Locator, shots: Path, name: str) -> list[str]:
    """Take a picture in both themes, and return what axe finds in them."""
    screen.page.evaluate(AXE.read_text())
    problems = []
    for theme in THEMES:
        screen.set_theme(theme)
        screen.page.screenshot(path=shots / f"{name}-{theme}.png")
        problems += audit(screen.page, part, f"{name} {theme}")
    screen.set_theme("light")
    return problems


def _narrow(screen: Screen, part: Locator, shots: Path, name: str) -> list[str]:
    """Do the same with little room, in which nothing is wider than it."""
    screen.run("application:toggle-left-area")
    for toast in screen.page.get_by_role("button", name="Hide notification").all():
        toast.click()
    screen.page.set_viewport_size(NARROW)
    try:
        problems = _pictured(screen, part, shots, f"{name}-narrow")
        page = part.locator(".na-Page")
        assert page.evaluate("it => it.scrollWidth <= it.clientWidth"), "it is wider than its panel"
    finally:
        screen.page.set_viewport_size(WIDE)
    return problems


def _press(page: Page, name: str) -> None:
    """Go to a control by Tab, and press it."""
    tab_to(page, name)
    page.keyboard.press("Enter")


def test_one_asks_first_and_gets_a_reply_by_keyboard(screen: Screen, shots: Path) -> None:
    page = screen.page
    [inquiry] = _asked(screen.lab, "asks-first", "na.inquire('Publish it?', allow_requester=True)")
    panel = screen.panel("inquiry", id=inquiry["id"])
    dialog = page.get_by_role("dialog")
    panel.get_by_role("button", name="its session").focus()
    _press(page, "Send back…")
    expect(dialog.get_by_label("Question")).to_be_focused()
    page.keyboard.insert_text("Which region?")
    page.keyboard.press("Tab")
    page.keyboard.insert_text("bea")
    dialog.get_by_role("button", name="Send back").press("Enter")
    expect(panel.locator(".na-Stages")).to_contain_text("asked bea")
    expect(panel.locator(".na-Stages")).to_contain_text("Which region?")
    panel.get_by_role("button", name="its session").focus()
    _press(page, "Reply…")
    expect(dialog.get_by_role("textbox", name="Reply")).to_be_focused()
    page.keyboard.insert_text("All of them")
    dialog.get_by_role("button", name="Reply").press("Enter")
    panel.get_by_role("tab", name="History").click()
    history = panel.get_by_role("list", name="History")
    expect(history).to_contain_text("Replied")
    expect(history).to_contain_text("All of them")
    problems = _pictured(screen, panel, shots, "inquiry-questions")
    assert not problems, "\n".join(problems)

    panel.get_by_role("button", name="Send back…").click()
    dialog.get_by_label("Question").fill("Why now?")
    dialog.get_by_role("button", name="Send back").click()
    expect(panel.get_by_role("region", name="What came of it")).to_contain_text("Why now?")
    expect(panel.get_by_role("form", name="Your answer")).to_have_count(0)


def test_focus_goes_from_each_answer_to_the_next_inquiry(screen: Screen) -> None:
    page = screen.page
    asks = "na.inquire_all([{'prompt': f'Part {n}?', 'allow_requester': True} for n in (1, 2)])"
    first, second = _asked(screen.lab, "one-by-one", asks, count=2)
    panel = screen.panel("inquiry", id=first["id"])
    panel.get_by_label("Comment").focus()
    page.keyboard.press("Control+Enter")
    expect(panel.get_by_role("button", name="Next: Part 2?")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_function("id => window.jupyterapp.shell.currentWidget.id.endsWith(id)", arg=second["id"])
    panel = screen.front()
    panel.get_by_label("Comment").focus()
    page.keyboard.press("Control+Enter")
    expect(panel.locator(".na-Inquiry-news")).to_be_focused()


def test_what_is_shown_is_drawn_and_reaches_nothing(screen: Screen, shots: Path) -> None:
    page = screen.page
    [inquiry] = _asked(screen.lab, "shows", SHOWN)
    panel = screen.panel("inquiry", id=inquiry["id"])
    shown = panel.get_by_role("region", name="What is shown")
    picture = shown.get_by_role("img", name="trend")
    expect(picture).to_be_visible()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth)") == 200
    for name, text in (("page", "A page"), ("totals", "emea")):
        frame = shown.locator(f"iframe[title={name}]")
        expect(frame).to_have_attribute("sandbox", "allow-scripts")
        expect(frame.content_frame.frame_locator("iframe").locator("body")).to_contain_text(text)
    assert page.evaluate("() => window.stolen") is None
    expect(shown).to_contain_text("as agreed")
    problems = _pictured(screen, panel, shots, "inquiry-shown")
    problems += _narrow(screen, panel, shots, "inquiry-shown")
    assert not problems, "\n".join(problems)
    # What runs in a frame without an origin may not touch what is around it, and the console says so.
    screen.console[:] = [line for line in screen.console if "cross-origin frame" not in line]


def test_nothing_that_was_stored_acts_in_the_panel(screen: Screen) -> None:
    page, everything = screen.page, "\n\n".join(PAYLOADS)
    dialogs: list[str] = []
    fetched: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: fetched.append(request.url))
    form = {"type": "object", "properties": {"a": {"title": PAYLOADS[0], "description": everything}}}
    [inquiry] = _asked(
        screen.lab, "payloads",
        f"na.inquire({everything!r}, {form!r}, proposed={{'a': {everything!r}}}, show={{'text': {everything!r}}},\n"
        "           allow_requester=True)",
    )  # fmt: skip
    screen.lab.ask("POST", f"inquiries/{inquiry['id']}/question", {"question": everything, "to": "bea"})
    panel = screen.panel("inquiry", id=inquiry["id"])
    expect(panel.get_by_role("button", name="Approve", exact=True)).to_be_visible()
    for tab in ("History", "Notebook so far"):
        panel.get_by_role("tab", name=tab).click()
        expect(panel.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")
        assert panel.evaluate(ACTIVE) == []
    assert dialogs == []
    assert [url for url in fetched if url.startswith("http") and not url.startswith(screen.lab.url)] == []
    screen.panel("inquiries")
    assert dialogs == []


def test_what_the_server_refuses_stands_at_its_field(screen: Screen, shots: Path) -> None:
    page = screen.page
    [inquiry] = _asked(screen.lab, "refuses", FORM)
    panel = screen.panel("inquiry", id=inquiry["id"])
    amount = panel.get_by_label("Amount")
    amount.fill("5")
    panel.get_by_label("name").fill("ab")
    page.keyboard.press("Control+Enter")
    field = panel.locator("[data-field=name]")
    expect(field.get_by_role("alert")).to_contain_text("too short")
    expect(panel.get_by_label("name")).to_be_focused()
    expect(panel.get_by_label("Amount")).to_have_value("5")
    problems = _pictured(screen, panel, shots, "inquiry-refused")
    assert not problems, "\n".join(problems)
    panel.get_by_label("name").fill("abc")
    page.keyboard.press("Control+Enter")
    expect(panel.locator(".na-Inquiry-news")).to_contain_text("Answered by")
    screen.console[:] = [line for line in screen.console if "status of 400" not in line]


def test_a_link_is_made_for_oneself_and_shown_once(screen: Screen, shots: Path) -> None:
    page = screen.page
    [inquiry] = _asked(screen.lab, "links", "na.inquire('Publish it?', allow_requester=True)")
    panel = screen.panel("inquiry", id=inquiry["id"])
    panel.get_by_role("button", name="Make a link…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("It is not shown again.")
    expect(dialog.get_by_role("button", name="Copy link")).to_be_focused()
    problems = _pictured(screen, dialog.locator(".jp-Dialog-content"), shots, "inquiry-link")
    page.keyboard.press("Enter")
    expect(dialog.get_by_role("button", name="Copied")).to_be_visible()
    url = page.evaluate("() => navigator.clipboard.readText()")
    assert url == dialog.get_by_label("link", exact=True).text_content()
    dialog.get_by_role("button", name="Close").click()
    assert screen.lab.http.get(url).status_code == 200
    expect(page.get_by_text(url)).to_have_count(0)
    panel.get_by_role("tab", name="History").click()
    expect(panel.get_by_role("list", name="History")).to_contain_text("Link made")
    assert not problems, "\n".join(problems)


def test_numbers_and_absences_stand_above_the_list(screen: Screen, shots: Path) -> None:
    page = screen.page
    _asked(screen.lab, "away", "na.inquire('Publish it?', allow_requester=True)")
    panel = screen.panel("inquiries")
    numbers = panel.locator(".na-Numbers")
    expect(numbers.locator("dl")).to_contain_text("Waiting now")
    expect(numbers.locator("dl")).to_contain_text("Oldest")
    panel.get_by_role("button", name="I am away…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Who answers for you")).to_be_focused()
    page.keyboard.insert_text("bea")
    dialog.get_by_label("Until").fill("2060-01-02T08:00")
    dialog.get_by_role("button", name="I am away").click()
    expect(numbers).to_contain_text("bea answers for you", timeout=SLOW_MS)
    [absence] = screen.lab.ask("GET", "inquiries/absences")["items"]
    assert (absence["substitute"], absence["until_at"][:4]) == ("bea", "2060")
    problems = _pictured(screen, panel, shots, "inquiries-away")
    problems += _narrow(screen, panel, shots, "inquiries-away")
    assert not problems, "\n".join(problems)
    panel.get_by_role("button", name="I am back").click()
    expect(panel.get_by_role("button", name="I am away…")).to_be_visible()
    assert screen.lab.ask("GET", "inquiries/absences")["items"] == []

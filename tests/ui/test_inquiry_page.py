"""The page of a signed link on a phone: 360 px wide, without JavaScript, in both themes; nothing stored there acts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from asking import Desk, asking
from playwright.sync_api import Browser, BrowserContext, expect
from serving import serve
from xss import PAYLOADS

from .test_accessibility import AUDIT, AXE

PHONE = {"width": 360, "height": 740}
RED_DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100"
    "c9fe92ef0000000049454e44ae426082"
)
PROMPT = """# Release 1.2 to production?

The **nightly** run is green. See [the log](https://example.org/a/very/long/address/that/does/not/fit/on/a/phone).

| region | rows | changed | since | by | owner | note |
|--------|------|---------|-------|----|-------|------|
| eu | 120 000 | 1 200 | Monday | ana | data-platform | averylongwordthatdoesnotbreakanywhere |

```
curl https://example.org/api/v1/releases/1.2/averylonglineofcodethatdoesnotfitonanyphone
```"""
SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["version", "percent"],
    "properties": {
        "version": {"type": "string", "title": "Version", "description": "As it stands in the changelog"},
        "percent": {"type": "integer", "title": "Share of users, in percent", "minimum": 1, "maximum": 100},
        "channel": {"title": "Channel", "enum": ["beta", "stable"]},
        "day": {"type": "string", "format": "date", "title": "Day"},
        "tell": {"type": "boolean", "title": "Tell the users"},
        "hosts": {"type": "array", "title": "Hosts"},
    },
}
PROPOSED = {"version": "1.2", "percent": 10, "channel": "beta", "day": "2026-12-01", "tell": True, "hosts": ["a"]}
Theme = Literal["light", "dark"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    options = ("--NotebookAutomationApp.run_engine=False", "--NotebookAutomationApp.link_rate=0")
    more = ("--NotebookAutomationApp.link_source_rate=0",)
    people = "--NotebookAutomationApp.people={'ana': {'name': 'Ana Alvarez'}}"
    folder = tmp_path_factory.mktemp("links")
    with serve(folder, *options, *more, people, base_url="/user/ana/lab/") as server, asking(server) as running:
        yield running


def ask(desk: Desk) -> Any:
    table = b"<meta charset=utf-8><table><tr><td>eu<td>120 000</table><script>parent.alert(1)</script>"
    return desk.ask(
        PROMPT, schema=SCHEMA, proposed=PROPOSED, assigned_to=["ana", "bea"], approvals=2,
        show=[desk.show(RED_DOT, "Rows by day", "image/png"), desk.show(table, "Table", "text/html"),
              desk.show(b"a,b", "rows.csv", "text/csv")],
    )  # fmt: skip


def phone(browser: Browser, theme: Theme = "light", *, scripts: bool = True) -> BrowserContext:
    context = browser.new_context(
        viewport=PHONE, color_scheme=theme, is_mobile=True, has_touch=True, java_script_enabled=scripts  # type: ignore[arg-type]
    )  # fmt: skip
    context.set_default_timeout(20_000)
    return context


def test_ana_answers_on_a_phone_without_javascript(desk: Desk, browser: Browser, shots: Path) -> None:
    inquiry = ask(desk)
    with phone(browser, scripts=False) as context:
        page = context.new_page()
        page.goto(desk.link(inquiry))
        expect(page.get_by_role("heading", level=1)).to_have_text("A question for Ana Alvarez")
        expect(page.get_by_role("img", name="Rows by day")).to_be_visible()
        page.get_by_label("Share of users").fill("200")
        page.get_by_label("Version").fill("1.2.1")
        page.get_by_label("Comment").fill("Slowly.")
        page.get_by_role("button", name="Approve").tap()
        expect(page.get_by_role("alert")).to_contain_text("This has to be 100 or less.")
        expect(page.get_by_label("Share of users")).to_have_value("200")
        expect(page.get_by_label("Comment")).to_have_value("Slowly.")
        page.get_by_label("Share of users").fill("25")
        page.get_by_label("Tell the users").uncheck()
        page.get_by_label("Channel").select_option("stable")
        page.get_by_role("button", name="Approve").tap()
        expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, Ana Alvarez")
        page.screenshot(path=str(shots / "inquiry-page-thanks.png"), full_page=True)
        page.reload()
        expect(page.get_by_text("You have approved")).to_be_visible()
        assert context.cookies() == []
    [answer] = desk.look(inquiry)["stages"][0]["answers"]
    assert (answer["by"], answer["channel"], answer["comment"]) == ("ana", "link", "Slowly.")
    wanted = {**PROPOSED, "version": "1.2.1", "percent": 25, "channel": "stable", "tell": False}
    assert answer["value"] == wanted


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_fits_a_phone_and_axe_finds_nothing(desk: Desk, browser: Browser, shots: Path, theme: Theme) -> None:
    inquiry = ask(desk)
    desk.answer("bea", inquiry, decision="approve", comment="Fine for me.")
    enum = desk.ask("When?", schema={"enum": ["now", "tonight", "not this week"]})
    plain = desk.ask("Delete **all**?")
    used = desk.ask("Done?")
    urls = {name: desk.link(one) for name, one in
            (("form", inquiry), ("buttons", enum), ("approve", plain), ("thanks", used))}  # fmt: skip
    problems = []
    with phone(browser, theme) as context:
        page = context.new_page()
        page.goto(urls["thanks"])
        page.get_by_role("button", name="Reject").tap()
        expect(page.get_by_text("You have rejected")).to_be_visible()
        for name, url in {**urls, "nothing": f"{urls['form']}x", "wrong": urls["form"]}.items():
            page.goto(url)
            if name == "wrong":
                page.get_by_label("Version").fill("")
                page.get_by_role("button", name="Approve").tap()
                expect(page.get_by_role("alert")).to_contain_text("Fill this in.")
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, name
            page.screenshot(path=str(shots / f"inquiry-page-{name}-{theme}.png"), full_page=True)
            page.evaluate(AXE.read_text())
            # The content of frames is not ours, and no script may look into it.
            problems += [f"{name}: {one}" for one in page.evaluate(AUDIT, {"exclude": ["iframe"]})]
            small = page.evaluate("""() => [...document.querySelectorAll('button, input:not([type=hidden]), select')]
                .filter(one => one.getBoundingClientRect().height < 24).map(one => one.outerHTML)""")
            assert small == [], name
    assert problems == []


def test_nothing_that_was_stored_acts_in_a_browser(desk: Desk, browser: Browser) -> None:
    shown = [
        desk.show(f"{payload}<script>top.alert(2)</script>".encode(), payload, "text/html") for payload in PAYLOADS[:20]
    ]
    everything = "\n\n".join(PAYLOADS)
    form = {"type": "object", "properties": {"a": {"title": PAYLOADS[0], "description": everything}}}
    url = desk.link(desk.ask(everything, schema=form, proposed={"a": everything}, show=shown))
    with phone(browser) as context:
        page = context.new_page()
        dialogs: list[str] = []
        asked: list[str] = []
        page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(url)
        page.get_by_label("Comment").fill(everything[:10_000])
        page.get_by_label(PAYLOADS[0], exact=False).fill("no JSON")
        page.get_by_role("button", name="Approve").tap()
        expect(page.get_by_role("alert")).to_contain_text("This is not JSON.")
        assert dialogs == []
        assert [one for one in asked if one.startswith("http") and not one.startswith(desk.server.url)] == []
        assert page.url == url
        assert page.locator("form").count() == 1

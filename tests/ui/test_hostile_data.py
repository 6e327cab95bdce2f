"""What strangers send and notebooks leave is shown as text or in a sandbox: nothing of it runs."""

from __future__ import annotations

import json
import re

import httpx
import pytest
from playwright.sync_api import Page, expect

from .lab import Lab
from .screen import SLOW_MS, Screen

RUN = "window.top.hacked=(window.top.hacked||0)+1"
IMAGE = f'<img src="x" onerror="{RUN}">'
SVG = (
    f'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="30" onload="{RUN}">'
    f'<script>{RUN}</script><rect width="9" height="9"/></svg>'
)
LINKER = (
    '<button id="linker" data-commandlinker-command="notebook-automation:open" '
    'data-commandlinker-args=\'{"page": "artifacts"}\'>press me</button>'
)
PAGE = f"<html><body><h1>hostile page</h1>{IMAGE}<script>{RUN}; document.title='hacked'</script>{LINKER}</body></html>"
MARKDOWN = f"# hostile text\n\n{IMAGE}\n\n<script>{RUN}</script>\n\n[link](javascript:{RUN})\n\n{LINKER}\n"
FOLDER = f"<img src=x onerror={RUN}>"
CELL = f"""import notebook_automation as na
from IPython.display import HTML, Markdown, Javascript, SVG, display
print({IMAGE!r})
na.progress(0.5, {IMAGE!r})
na.artifact({PAGE!r}, "page.html")
na.artifact({SVG!r}, "drawing.svg")
na.artifact({MARKDOWN!r}, "notes.md")
na.artifact("https://example.org/?q={IMAGE.replace(chr(34), "'")}", "address")
display(HTML({PAGE!r}), SVG({SVG!r}), Markdown({MARKDOWN!r}), Javascript({RUN!r}))
raise ValueError({IMAGE!r})"""


@pytest.fixture(scope="module")
def session(lab: Lab) -> str:
    """A failed session that left hostile data wherever it could."""
    notebook = lab.notebook(f"{FOLDER}/evil.ipynb", (f"text = {IMAGE!r}", "parameters"), CELL)
    hook = lab.trigger(name="evil", type="webhook", notebook=notebook, mapping={"text": "data.json.text"})
    headers = {"X-Evil": IMAGE, "User-Agent": IMAGE}
    receipt = httpx.post(hook["url"], json={"text": IMAGE, IMAGE: [LINKER]}, headers=headers, trust_env=False)
    assert receipt.status_code == 202
    found = lab.ask("GET", "sessions", trigger=hook["id"])["items"][0]
    ended = lab.ended(found["id"])
    assert ended["error"]["ename"] == "ValueError", json.dumps(ended["error"])
    return str(found["id"])


def test_lists_and_pages_show_hostile_text_as_text(screen: Screen, session: str) -> None:
    page = screen.page
    overview = screen.sidebar()
    expect(overview.locator(f"[data-session='{session}']")).to_contain_text("<img src")
    for name, args in (("triggers", {}), ("sessions", {}), ("artifacts", {})):
        expect(screen.panel(name, **args)).to_contain_text("evil")
    panel = screen.panel("session", id=session)
    expect(panel.get_by_role("region", name="Error").get_by_role("heading")).to_contain_text(IMAGE)
    expect(panel.get_by_label("Traceback")).to_contain_text(IMAGE)
    expect(panel.get_by_role("list", name="Log")).to_contain_text(IMAGE)
    panel.get_by_role("tab", name="Parameters and result").click()
    expect(panel.get_by_role("tabpanel")).to_contain_text("onerror")
    panel.get_by_role("tab", name="Event").click()
    expect(panel.get_by_label("Data", exact=True)).to_contain_text("data-commandlinker-command")
    panel.get_by_role("tab", name="Artifacts").click()
    expect(panel.locator("[data-artifact='page.html']")).to_be_visible()
    assert page.locator(".na-Panel img, .na-Panel [data-commandlinker-command]").count() == 0
    nothing_ran(page)


def test_labs_viewers_show_hostile_artifacts_without_running_them(screen: Screen, session: str) -> None:
    page = screen.page
    panel = screen.panel("session", id=session)
    panel.get_by_role("button", name="Open the executed notebook").click()
    executed = screen.document()
    expect(executed.get_by_role("heading", name="hostile text")).to_be_visible(timeout=SLOW_MS)
    expect(executed.get_by_role("heading", name="hostile page")).to_be_visible()
    # The buttons are there, without what would make them start commands (their id is stripped as well).
    buttons = executed.get_by_text("press me")
    expect(buttons.first).to_be_visible()
    assert executed.locator("[data-commandlinker-command]").count() == 0
    buttons.first.click()
    nothing_ran(page)

    for name, shown in (
        ("notes.md", ".jp-MarkdownViewer h1"),
        ("drawing.svg", ".jp-ImageViewer img"),
        ("page.html", "iframe"),
    ):
        panel = screen.panel("session", id=session)
        panel.get_by_role("tab", name="Artifacts").click()
        panel.get_by_title(f"Open {name}").click()
        document = screen.document()
        expect(document.locator(shown).first).to_be_visible(timeout=SLOW_MS)
        if name.endswith(".md"):
            expect(document.get_by_text("press me").first).to_be_visible()
            assert document.locator("[data-commandlinker-command]").count() == 0
            document.get_by_text("press me").first.click()
            expect(screen.document()).to_be_visible()
        nothing_ran(page)
    frame = screen.document().locator("iframe")
    sandbox = frame.get_attribute("sandbox")
    assert sandbox is not None
    # Its scripts run, in an origin of their own (see test_html_artifacts.py).
    assert sandbox == "allow-scripts"
    inner = screen.document().frame_locator("iframe").frame_locator("iframe")
    expect(inner.get_by_role("heading")).to_have_text("hostile page")
    nothing_ran(page)
    refused = re.compile(r"^uncaught.*Blocked a frame with origin \"null\"", re.DOTALL)
    uncaught = [line for line in screen.console if line.startswith("uncaught") and not refused.match(line)]
    assert not [line for line in uncaught if "jupyterlab-manager" not in line]
    screen.console.clear()  # of scripts that were blocked, and images called x


def test_served_content_is_sandboxed(screen: Screen, session: str) -> None:
    page, lab = screen.page, screen.lab
    served = {item["name"]: item["content_url"] for item in lab.ask("GET", "artifacts", session=session)["items"]}
    for name in ("page.html", "drawing.svg"):
        answer = page.goto(f"{lab.url.rstrip('/')}{served[name]}?token={lab.token}")
        assert answer is not None
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert page.title() != "hacked"
        assert page.evaluate("() => window.hacked") is None
    assert any("Blocked script execution" in line for line in screen.console)
    screen.console.clear()  # of scripts that were blocked


def nothing_ran(page: Page) -> None:
    """Nothing of a stranger's ran; that the image called x is missing may be said."""
    assert page.evaluate("() => window.hacked") is None
    assert page.title() != "hacked"

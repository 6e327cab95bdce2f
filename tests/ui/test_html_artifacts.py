"""HTML that a session made shows with its scripts, without a click to trust it, and reaches nothing of Jupyter's."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import FrameLocator, Request, expect

from .lab import Lab
from .screen import SLOW_MS, Screen

FIGURES = """import altair, plotly.graph_objects
from bokeh.embed import file_html
from bokeh.plotting import figure
from bokeh.resources import INLINE
import notebook_automation as na
na.artifact(plotly.graph_objects.Figure(plotly.graph_objects.Scatter(y=[1, 3, 2])).to_html(), "plotly.html")
plot = figure()
plot.line([1, 2], [2, 1])
na.artifact(file_html(plot, INLINE), "bokeh.html")
na.artifact('<h1 id="top">contents</h1><a href="#end">to the end</a>'
            '<div style="height: 5000px"></div><h2 id="end">the end</h2>', "long.html")"""

ATTEMPTS = """<h1>escape</h1><pre id="log"></pre><div id="there"></div>
<form id="form" action="TARGET?form" method="post" target="_blank"></form>
<script>
const target = 'TARGET', log = document.getElementById('log');
const tried = [];
const attempt = (name, run) => { try { run(); } catch (error) {} tried.push(name); };
const add = (tag, fields) => Object.assign(document.body.appendChild(document.createElement(tag)), fields);
attempt('image', () => add('img', { src: target + '?image' }));
attempt('script', () => add('script', { src: target + '?script' }));
attempt('style', () => add('link', { rel: 'stylesheet', href: target + '?style' }));
attempt('frame', () => add('iframe', { src: target + '?frame' }));
attempt('object', () => add('object', { data: target + '?object' }));
attempt('video', () => add('video', { src: target + '?video' }));
attempt('beacon', () => navigator.sendBeacon(target + '?beacon', 'x'));
attempt('fetch', () => void fetch(target + '?fetch', { mode: 'no-cors', credentials: 'include' }).catch(() => {}));
attempt('socket', () => new WebSocket(target.replace('http', 'ws') + '?socket'));
attempt('events', () => new EventSource(target + '?events'));
attempt('worker', () => new Worker(target + '?worker'));
attempt('form', () => document.getElementById('form').submit());
attempt('popup', () => window.open(target + '?popup'));
attempt('top', () => { window.top.location = target + '?top'; });
attempt('parent', () => { window.parent.location = target + '?parent'; });
attempt('storage', () => window.top.localStorage.setItem('hacked', '1'));
attempt('document', () => { window.top.document.title = 'hacked'; });
log.textContent = tried.join(' ');
</script>"""
LEAVES = "<h1>leaves</h1><script>window.location = 'TARGET?location'</script>"


@pytest.fixture(scope="module")
def session(lab: Lab) -> str:
    target = f"{lab.url.rstrip('/')}/notebook-automation/api/v1/sessions"
    pages = {"escape.html": ATTEMPTS, "leaves.html": LEAVES}
    hostile = "\n".join(
        f"na.artifact({json.dumps(page.replace('TARGET', target))}, {name!r})" for name, page in pages.items()
    )
    notebook = lab.notebook("html/pages.ipynb", FIGURES, hostile)
    ended = lab.ended(lab.fire(lab.trigger(name="pages", type="manual", notebook=notebook)))
    assert ended["status"] == "completed", json.dumps(ended["error"])
    return str(ended["id"])


def opened(screen: Screen, session: str, name: str) -> FrameLocator:
    """Open an artifact of the session, and return the frame that holds its page."""
    screen.page.set_default_timeout(SLOW_MS)  # pages of many MB are drawn beside
    panel = screen.panel("session", id=session)
    panel.get_by_role("tab", name="Artifacts").click()
    panel.get_by_title(f"Open {name}").click()
    # In front before anything else is opened: it would come to the front after that.
    expect(screen.document().locator("iframe")).to_be_visible(timeout=SLOW_MS)
    return screen.document().frame_locator("iframe").frame_locator("iframe")


def test_figures_are_drawn_without_a_click(screen: Screen, session: str, shots: Path) -> None:
    figure = opened(screen, session, "plotly.html").locator(".js-plotly-plot svg.main-svg")
    expect(figure.first).to_be_visible(timeout=SLOW_MS)
    screen.page.screenshot(path=str(shots / "html-artifact.png"))
    expect(opened(screen, session, "bokeh.html").locator(".bk-Figure")).to_be_visible(timeout=SLOW_MS)
    assert screen.page.get_by_text("Trust HTML").count() == 0
    page = opened(screen, session, "long.html")
    page.get_by_role("link", name="to the end").click()
    expect(page.get_by_role("heading", name="the end")).to_be_in_viewport(timeout=SLOW_MS)


def test_a_page_reaches_nothing_of_jupyters(screen: Screen, session: str) -> None:
    page = screen.page
    origin = urlsplit(screen.lab.url).netloc
    asked: list[Request] = []

    def note(request: Request) -> None:
        by_a_page = request.is_navigation_request() or request.frame != page.main_frame
        if urlsplit(request.url).netloc == origin and by_a_page:
            asked.append(request)

    opened(screen, session, "long.html")
    page.on("request", note)
    with page.expect_console_message(lambda said: "frame-src" in said.text, timeout=SLOW_MS):
        opened(screen, session, "leaves.html")
    with page.expect_event("requestfailed", lambda request: "?events" in request.url, timeout=SLOW_MS):
        frame = opened(screen, session, "escape.html")
    expect(frame.locator("#log")).to_contain_text("document", timeout=SLOW_MS)
    # The browser lists what it was asked for; none of it was sent.
    assert [request.url for request in asked if request.failure != "csp"] == []
    assert page.title() != "hacked"
    assert page.evaluate("() => window.localStorage.getItem('hacked')") is None
    assert len(page.context.pages) == 1
    screen.console.clear()  # of what was refused

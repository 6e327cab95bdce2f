"""The live session widget: it follows, its buttons act, it ends by itself, and nothing in it is markup of others."""

from __future__ import annotations

import html.parser
from typing import Any

import pytest
from eventually import wait_until
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from stage import Stage

from notebook_automation.sdk.markup import joined
from notebook_automation.widgets import frontend, session_html
from notebook_automation.widgets.poller import Poller
from notebook_automation.widgets.session import SessionWidget

EVIL = '</pre><img src=x onerror=alert(1)><script>alert(1)</script>"\' onmouseover="x'
WIDGET = "application/vnd.jupyter.widget-view+json"


def text_of(widget: SessionWidget) -> str:
    return " ".join(part.value for part in (widget._head, widget._elapsed, *widget._parts.values()))


def test_it_follows_a_session_to_its_end_and_then_asks_no_more(stage: Stage, poller: Poller) -> None:
    widget = stage.say("ses_1", status="requested", started_at=None, total_cells=None).widget()
    assert "Requested" in widget._head.value
    assert "<progress" not in text_of(widget)

    stage.prints("loading", "\x1b[31mred\x1b[0m")
    stage.say()
    wait_until(lambda: "Running" in widget._head.value)
    assert 'value="0.2500"' in widget._parts["progress"].value
    assert "cell 2 of 4" in widget._parts["progress"].value
    wait_until(lambda: "loading\nred" in widget._parts["log"].value)
    assert widget._cancel.layout.display is None
    assert widget._retry.layout.display == "none"

    stage.say(progress={"value": 0.5, "message": "joining"})
    wait_until(lambda: "50% · joining · cell 2 of 4" in widget._parts["progress"].value)

    kept = {
        "id": "art_1",
        "name": "sales.csv",
        "size": 1200,
        "url": None,
        "content_url": "/api/artifacts/art_1/content",
    }
    stage.server.answers[("GET", "/artifacts")] = (200, {"items": [kept]})
    stage.say(status="completed", duration=75.0, artifact_count=1)
    wait_until(lambda: "Completed" in widget._head.value)
    assert 'href="/api/artifacts/art_1/content"' in widget._parts["artifacts"].value
    assert "1 min 15 s" in widget._elapsed.value
    assert widget._parts["progress"].layout.display == "none"
    assert (widget._cancel.layout.display, widget._retry.layout.display) == ("none", "none")
    wait_until(lambda: not poller.is_running)
    asked = len(stage.server.requests)
    assert widget.session.status == "completed"
    assert len(stage.server.requests) == asked


def test_only_what_changed_is_sent(stage: Stage) -> None:
    widget = stage.say(status="requested", started_at=None).widget()
    sent: list[object] = []
    for part in (widget._head, widget._elapsed, *widget._parts.values(), widget._cancel, widget._retry):
        part.observe(sent.append)
    asked = stage.asked("GET /sessions/ses_1/log")
    wait_until(lambda: stage.asked("GET /sessions/ses_1/log") > asked + 5)
    assert sent == []
    widget.close()


def test_cancel_is_asked_for_once_from_the_thread(stage: Stage) -> None:
    widget = stage.say().widget()
    stage.server.answers[("POST", "/sessions/ses_1/cancel")] = (
        200,
        {"id": "ses_1", "status": "canceling", "call": "x"},
    )
    widget._cancel.click()
    assert widget._cancel.disabled
    wait_until(lambda: stage.asked("POST /sessions/ses_1/cancel"))
    stage.say(status="cancelled", reason="Cancelled by ana.", duration=2.0)
    wait_until(lambda: "Cancelled by ana." in widget._head.value)
    assert stage.asked("POST /sessions/ses_1/cancel") == 1
    assert widget._retry.layout.display is None


def test_retry_goes_on_with_the_new_session(stage: Stage, poller: Poller) -> None:
    stage.prints("no rows here")
    error = {
        "ename": "ValueError",
        "evalue": "no rows",
        "traceback": ["\x1b[0;31mValueError\x1b[0m"],
        "cell_index": 1,
        "cell_number": 2,
    }
    first = stage.say(status="failed", error={**error, "cell_id": "c", "cell_source": "check(rows)"}, duration=1.0)
    widget = first.widget()
    wait_until(lambda: not poller.is_running)
    shown = widget._parts["failure"].value
    assert "ValueError: no rows" in shown
    assert "in cell 2" in shown
    assert "check(rows)" in shown
    assert "\x1b" not in shown

    stage.prints()
    again = stage.say("ses_2", status="running", retry_of="ses_1").to_dict()
    stage.server.answers[("POST", "/sessions/ses_1/retry")] = (201, again)
    widget._retry.click()
    wait_until(lambda: "retry of ses_1" in widget._head.value)
    assert widget.session.id == "ses_2"
    assert widget._parts["failure"].layout.display == "none"
    wait_until(lambda: "no rows here" not in widget._parts["log"].value)
    stage.say("ses_2", status="completed", duration=1.0, retry_of="ses_1")
    wait_until(lambda: not poller.is_running)
    assert first.status == "failed"


def test_a_refusal_stays_to_be_read_and_trouble_goes_when_it_is_over(stage: Stage) -> None:
    widget = stage.say().widget()
    refused = {"detail": "You may not cancel <this>.", "code": "forbidden"}
    stage.server.answers[("POST", "/sessions/ses_1/cancel")] = (403, refused)
    widget._cancel.click()
    wait_until(lambda: "You may not cancel &lt;this&gt;." in widget._parts["note"].value)
    asked = stage.asked("GET /sessions/ses_1")
    wait_until(lambda: stage.asked("GET /sessions/ses_1") > asked + 4)
    assert "You may not cancel" in widget._parts["note"].value
    assert not widget._cancel.disabled

    stage.server.answers[("GET", "/sessions/ses_1")] = (500, {"detail": "The disk is full.", "code": "internal"})
    wait_until(lambda: "The disk is full." in widget._parts["note"].value)
    stage.say()
    wait_until(lambda: "The disk is full." not in widget._parts["note"].value)
    widget.close()


def test_a_session_that_is_gone_is_not_asked_for_again(stage: Stage, poller: Poller) -> None:
    handle = stage.say()
    stage.server.answers[("GET", "/sessions/ses_1")] = (
        404,
        {"detail": "There is no such session.", "code": "not_found"},
    )
    widget = handle.widget()
    wait_until(lambda: not poller.is_running)
    assert "There is no such session." in widget._parts["note"].value


def test_a_closed_widget_asks_no_more_and_a_new_one_can_be_had(stage: Stage, poller: Poller) -> None:
    handle = stage.say()
    widget = handle.widget()
    assert handle.widget() is widget
    wait_until(lambda: stage.asked("/log"))
    widget.close()
    wait_until(lambda: not poller.is_running)
    assert widget.is_closed
    assert widget._cancel.comm is None
    assert handle.widget() is not widget


def test_the_end_of_the_kernel_ends_the_thread(stage: Stage, poller: Poller) -> None:
    stage.say().widget()
    wait_until(lambda: stage.asked("/log"))
    poller.stop()
    assert not poller.is_running
    stage.say("ses_2").widget()
    assert not poller.is_running


def test_one_that_cannot_be_shown_does_not_end_the_others(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    broken, sound = stage.say("ses_1").widget(), stage.say("ses_2").widget()
    stage.server.answers[("GET", "/sessions/ses_1/log")] = (200, {"items": [{"nonsense": True}]})
    wait_until(lambda: "could not be brought up to date" in caplog.text)
    stage.say("ses_2", status="completed", duration=1.0)
    wait_until(lambda: "Completed" in sound._head.value)
    assert "Running" in broken._head.value


class _Elements(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.open: list[str] = []

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.names.add(name)
        self.attributes += attributes
        self.open.append(name)

    def handle_endtag(self, name: str) -> None:
        assert self.open.pop() == name


def test_whatever_a_session_says_is_text(stage: Stage) -> None:
    session: dict[str, Any] = stage.say("ses_1").to_dict()
    session |= {"id": EVIL, "status": EVIL, "call": EVIL, "reason": EVIL, "retry_of": EVIL}
    session |= {"progress": {"value": 7, "message": EVIL}}
    error = {"ename": EVIL, "evalue": EVIL, "traceback": [EVIL], "cell_index": 0, "cell_number": 1, "cell_source": EVIL}
    kept = [{"name": EVIL, "size": 1, "url": address, "content_url": None} for address in (f"https://x/{EVIL}", EVIL)]
    parts = [
        session_html.head(session),
        session_html.head({**session, "trigger": EVIL}),
        session_html.elapsed(session),
        session_html.progress(session),
        session_html.log([EVIL]),
        session_html.failure(error),
        session_html.artifacts(kept),
        session_html.note(EVIL),
    ]
    seen = _Elements()
    seen.feed(joined([session_html.static_frame(session, parts)]))
    assert not seen.open
    assert seen.names <= {
        "div", "span", "b", "progress", "pre", "details", "summary", "ul", "li", "a",
    }  # fmt: skip
    assert not [name for name, _ in seen.attributes if name.startswith("on")]


@pytest.mark.parametrize(
    ("address", "leads_to"),
    [
        ("/notebook-automation/x", "/notebook-automation/x"),
        ("https://example.org/a", "https://example.org/a"),
        ("javascript:alert(1)", None),
        (" JaVaScRiPt:alert(1)", None),
        ("data:text/html,x", None),
        ("//evil.example", None),
        ("/\\evil.example", None),
        ("http://[", None),
        (None, None),
    ],
)
def test_links_lead_to_web_pages_only(address: str | None, leads_to: str | None) -> None:
    assert session_html.safe_address(address) == leads_to


def test_an_editors_page_is_given_the_whole_address() -> None:
    assert session_html.safe_address("/u/ana/x", "http://127.0.0.1:8888/u/ana/") == "http://127.0.0.1:8888/u/ana/x"


def test_a_program_without_cells_shows_that_it_goes_on(stage: Stage) -> None:
    shown = session_html.progress(stage.say(total_cells=None, current_cell=None).to_dict())
    assert "<progress" in shown
    assert " value=" not in shown


def test_the_handle_shows_text_where_no_widgets_are(stage: Stage) -> None:
    handle = stage.say()
    with pytest.raises(NotImplementedError):
        handle._ipython_display_()
    assert repr(handle) == "<session ses_1, report.ipynb: running>"


def test_a_kernel_that_runs_a_session_makes_no_widget(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(frontend.location, "connection_file", lambda: tmp_path)
    assert frontend.shows_widgets()
    monkeypatch.setenv("NOTEBOOK_AUTOMATION_SESSION", "ses_9")
    assert not frontend.shows_widgets()


def test_what_is_displayed_has_a_form_without_widgets_too(stage: Stage, poller: Poller) -> None:
    widget = stage.say(status="failed", duration=1.0).widget()
    wait_until(lambda: not poller.is_running)
    InteractiveShell.instance(colors="nocolor").history_manager.enabled = False
    with capture_output() as captured:
        widget.show()
    InteractiveShell.clear_instance()
    [output] = captured.outputs
    assert output.data["text/plain"] == "<session ses_1, report.ipynb: failed>"
    assert output.data[WIDGET]["model_id"] == widget.model_id
    assert "Failed" in output.data["text/html"]
    assert "notebook-automation:open" in output.data["text/html"]


def test_while_a_cell_runs_the_widget_says_how_a_click_is_delivered(stage: Stage) -> None:
    shell = InteractiveShell.instance(colors="nocolor")
    shell.history_manager.enabled = False
    widget = stage.say().widget()
    with shell.display_trap:
        wait_until(lambda: "interrupt the kernel" in widget._parts["note"].value)
    wait_until(lambda: not widget._parts["note"].value)
    InteractiveShell.clear_instance()
    widget.close()

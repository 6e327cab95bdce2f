"""The widget of inquiries as the kernel sees it: what it narrows to, what a page may ask for, where it is shown."""

from __future__ import annotations

import json
from typing import Any

import pytest
from eventually import wait_until
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from stage import Stage

import notebook_automation as na
from notebook_automation.sdk import location
from notebook_automation.widgets import waiting_inquiries
from notebook_automation.widgets.browser_side import answer_to
from notebook_automation.widgets.inquiries import InquiriesWidget

INQUIRY: dict[str, Any] = {
    "id": "inq_1", "status": "pending", "form": "decision", "title": "Publish <b>?", "stage": 0, "response": None,
    "stages": [{"of": ["ana"], "approvals": 1, "answers": [], "is_complete": False}], "timeout_at": None,
}  # fmt: skip


def test_it_is_a_list_of_what_waits_for_me_and_a_widget_where_widgets_are(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.server.answers["GET", "/inquiries"] = (200, {"items": [INQUIRY], "next_cursor": None})
    stage.server.answers["GET", "/projects/sales"] = (200, {"id": "prj_1"})
    found = na.inquiries(project="sales")
    assert stage.asked("status=pending&assigned_to=me&limit=50&project_id=prj_1") == 1
    assert [one.id for one in found] == ["inq_1"]
    assert "waits for ana" in repr(found)
    assert "Publish &lt;b&gt;?" in found._repr_html_()
    assert found.widget() is found.widget()
    assert found.widget().scope == {"project_id": "prj_1"}
    with pytest.raises(NotImplementedError):
        found._ipython_display_()
    InteractiveShell.instance()
    monkeypatch.setattr(waiting_inquiries, "shows_widgets", lambda: True)
    with capture_output() as captured:
        found._ipython_display_()
    InteractiveShell.clear_instance()
    [shown] = captured.outputs
    assert {"application/vnd.jupyter.widget-view+json", "text/html", "text/plain"} <= set(shown.data)
    stage.server.answers["GET", "/inquiries"] = (200, {"items": [], "next_cursor": None})
    assert repr(na.inquiries()) == "Nothing waits for you."


def test_a_page_without_a_way_to_the_server_asks_by_the_kernel_for_inquiries_only(stage: Stage) -> None:
    stage.server.answers["GET", "/inquiries"] = (200, {"items": []})
    stage.server.answers["POST", "/inquiries/inq_1/answers"] = (409, {"detail": "was already rejected by ana"})
    assert answer_to({"method": "GET", "path": "inquiries?status=pending&limit=5"}) == {
        "status": 200, "body": {"items": []},
    }  # fmt: skip
    assert stage.server.requests[-1][1] == "/inquiries?status=pending&limit=5"
    sent = {"method": "POST", "path": "inquiries/inq_1/answers", "body": {"decision": "approve"}}
    assert answer_to(sent) == {"status": 409, "body": "was already rejected by ana"}
    _, _, body, headers = stage.server.requests[-1]
    assert json.loads(body) == {"decision": "approve"}
    assert headers["X-Notebook-Automation-Channel"] == "widget"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "sessions"), ("GET", "inquiries/../sessions"), ("GET", "inquiries/.."), ("GET", "inquiriesx"),
        ("GET", "inquiries//x"), ("GET", "/inquiries"), ("GET", "http://evil.example/"), ("DELETE", "inquiries/inq_1"),
        ("GET", "inquiries/inq_1 HTTP/1.1\r\nX: y"), ("GET", "inquiries/%2e%2e/sessions"), ("GET", None), (None, ""),
    ],
)  # fmt: skip
def test_a_page_reaches_nothing_else_by_the_kernel(stage: Stage, method: Any, path: Any) -> None:
    assert answer_to({"method": method, "path": path})["status"] == 400
    assert stage.server.requests == []


def test_a_request_without_a_server_is_answered(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    for name in ("NOTEBOOK_AUTOMATION_URL", "JPY_PARENT_PID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path))
    monkeypatch.setattr(location, "_runtime_folders", lambda: iter([tmp_path]))
    answer = answer_to({"method": "GET", "path": "inquiries"})
    assert answer["status"] == 503
    assert "No Jupyter server was found" in answer["body"]


def test_the_widget_of_a_session_has_what_it_asks_from_then_on(stage: Stage) -> None:
    stage.server.answers["GET", "/inquiries"] = (200, {"items": [INQUIRY], "next_cursor": None})
    widget = stage.say("ses_1", waiting_for=None).widget()
    assert not any(isinstance(child, InquiriesWidget) for child in widget.children)
    stage.say(waiting_for="an answer to Publish?")
    wait_until(lambda: any(isinstance(child, InquiriesWidget) for child in widget.children))
    [asks] = [child for child in widget.children if isinstance(child, InquiriesWidget)]
    assert asks.scope == {"session_id": "ses_1"}
    assert stage.asked("inquiries?session_id=ses_1&status=pending&limit=1") == 1
    stage.say(waiting_for=None)
    widget.refresh()
    assert asks in widget.children
    widget.close()
    assert asks.comm is None


def test_the_widget_of_a_session_that_waits_for_a_time_has_no_form(stage: Stage) -> None:
    stage.server.answers["GET", "/inquiries"] = (200, {"items": [], "next_cursor": None})
    widget = stage.say("ses_1", waiting_for="a time").widget()
    wait_until(lambda: stage.asked("inquiries?") == 1)
    widget.refresh()
    assert not any(isinstance(child, InquiriesWidget) for child in widget.children)
    assert stage.asked("inquiries?") == 1
    widget.close()

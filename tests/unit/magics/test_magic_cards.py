"""Cards and tables: the same thing as HTML and as text, everything escaped, the theme followed."""

from __future__ import annotations

import html.parser
import subprocess
import sys
from typing import Any

import pytest

from notebook_automation.magics import triggers
from notebook_automation.magics.events import event_card
from notebook_automation.magics.manifests import plan_table
from notebook_automation.magics.markup import plain, table
from notebook_automation.magics.session_card import session_card
from notebook_automation.magics.trigger_card import trigger_card
from notebook_automation.sdk.markup import Html, joined, tag
from notebook_automation.sdk.times import in_zone, lasting

EVIL = "<script>alert(1)</script>\"'"

TRIGGER: dict[str, Any] = {
    "id": "trg_1",
    "ref": "sales/nightly",
    "type": "schedule",
    "enabled": True,
    "call": "report.ipynb",
    "schedule": {"description": "at 06:00, Monday to Friday, Europe/Berlin", "timezone": "Europe/Berlin"},
    "next_fires": ["2026-11-23T05:00:00Z", "2027-06-01T04:00:00Z"],
    "parameters": {"region": "emea"},
    "warnings": [{"code": "parameter_unknown", "message": "The notebook's parameters cell has no 'regoin'."}],
}


class _Tags(html.parser.HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.opened: list[str] = []

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen.append((name, dict(attributes)))
        self.opened.append(name)

    def handle_endtag(self, name: str) -> None:
        assert self.opened.pop() == name


def _tags(markup: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = _Tags()
    parser.feed(markup)
    assert not parser.opened
    return parser.seen


def test_what_is_tried_again_says_so() -> None:
    retry = {"max_attempts": 4, "base_delay": 60.0, "if_lost": False}
    assert "up to 3 times, the first after 1 min 0 s" in repr(trigger_card({**TRIGGER, "retry": retry}))
    once = repr(trigger_card({**TRIGGER, "retry": {**retry, "max_attempts": 2, "if_lost": True}}))
    assert "once, after 1 min 0 s, also what was lost" in once
    assert "Tried again" not in repr(trigger_card({**TRIGGER, "retry": {**retry, "max_attempts": 1}}))
    session = {"id": "ses_1", "status": "scheduling", "call": "a.ipynb", "try_number": 2, "max_tries": 4,
               "wake_at": "2026-11-23T05:00:00Z", "is_durable": True, "attempt": 1}  # fmt: skip
    shown = repr(session_card(session))
    assert f"try 2 of 4, begins {in_zone('2026-11-23T05:00:00Z')}" in shown
    assert "yes, attempt 1" in shown
    ended = session_card({**session, "status": "failed", "retried_by": f"ses_2{EVIL}"})
    assert f"ses_2{EVIL}" in repr(ended)
    assert "begins" not in repr(ended)
    _tags(ended._repr_html_())


def test_the_list_says_which_trigger_cannot_run() -> None:
    problem = {"code": "call_not_found", "message": f"There is no {EVIL}.", "suggestion": None}
    row = triggers.NOUN.row({**TRIGGER, "enabled": False, "problems": [problem]})
    shown = table(triggers.NOUN.columns, [row], empty="")
    assert f"disabled, cannot run: There is no {EVIL}." in repr(shown)
    assert "<script" not in shown._repr_html_()


def test_a_schedules_card_shows_times_in_its_own_zone() -> None:
    card = trigger_card(TRIGGER, "registered")
    assert repr(card).splitlines() == [
        "sales/nightly  schedule · registered",
        "  Runs  report.ipynb with region='emea'",
        "  When  at 06:00, Monday to Friday, Europe/Berlin",
        "  Next  Mon 23 Nov 2026 06:00 CET",
        "        Tue 01 Jun 2027 06:00 CEST",
        "  Warning: The notebook's parameters cell has no 'regoin'.",
    ]
    markup = card._repr_html_()
    _tags(markup)
    for text in ("06:00 CET", "06:00 CEST", "report.ipynb", "Warning: "):
        assert text in markup
    assert "var(--jp-layout-color1, #ffffff)" in markup


def test_a_webhooks_card_has_what_to_copy() -> None:
    url = "http://localhost:8888/notebook-automation/webhooks/abc"
    card = trigger_card({**TRIGGER, "type": "webhook", "schedule": None, "url": url, "curl": f"curl -X POST {url}"})
    buttons = [attributes for name, attributes in _tags(card._repr_html_()) if name == "button"]
    assert [button["aria-label"] for button in buttons] == ["Copy the URL", "Copy the curl command"]
    assert url not in str(buttons)
    assert f"  Try it  curl -X POST {url}" in repr(card)


@pytest.mark.parametrize("field", ["ref", "call", "filter", "url", "curl", "event_type", "id", "keep"])
def test_whatever_a_trigger_is_called_is_text(field: str) -> None:
    markup = trigger_card({**TRIGGER, field: EVIL, "parameters": {"a": EVIL}, "mapping": {"b": EVIL}})._repr_html_()
    assert "<script" not in markup
    assert "script" not in [name for name, _ in _tags(markup)]
    allowed = {"navigator.clipboard.writeText(this.previousElementSibling.textContent); this.textContent = 'Copied'"}
    for _, attributes in _tags(markup):
        assert {value for key, value in attributes.items() if key.startswith("on")} <= allowed


def test_sessions_and_events_and_plans_are_text_too() -> None:
    error = {"ename": EVIL, "evalue": EVIL, "traceback": [f"\x1b[31m{EVIL}\x1b[0m"], "cell_index": 2, "cell_number": 3}
    session = {"id": "ses_1", "call": EVIL, "status": "failed", "reason": EVIL, "error": error, "result": EVIL}
    clause = {"text": EVIL, "result": False, "error": None, "values": {"data.x": EVIL}}
    rule = {"rule_ref": EVIL, "clauses": [clause], "session_id": None, "reason": None, "matched": False}
    event = {"id": "evt_1", "type": EVIL, "data": {"x": EVIL}, "enforcements": [rule], "source": EVIL}
    step = {"kind": "trigger", "name": EVIL, "change": "change", "fields": {"filter": [EVIL, EVIL]}}
    plan = {"project": EVIL, "plan": [step], "warnings": [EVIL]}
    for shown in (session_card(session), event_card(event), plan_table(plan)):
        markup = shown._repr_html_()
        _tags(markup)
        assert "<script" not in markup
        assert "\x1b" not in markup
        assert "alert(1)" in repr(shown)


def test_a_failed_session_says_which_cell() -> None:
    error = {"ename": "ValueError", "evalue": "no rows", "traceback": ["line"], "cell_index": 2, "cell_number": 3}
    shown = repr(session_card({"id": "ses_1", "call": "r.ipynb", "status": "failed", "error": error, "duration": 75.2}))
    assert "Error   ValueError: no rows in cell 3" in shown
    assert "Took    1 min 15 s" in shown


def test_a_plan_shows_old_and_new_and_leaves_out_what_stays() -> None:
    steps = [
        {"kind": "trigger", "name": "a", "change": "create", "fields": {"type": [None, "webhook"]}},
        {"kind": "trigger", "name": "b", "change": "change", "fields": {"filter": ["x", "y"]}},
        {"kind": "trigger", "name": "c", "change": "delete", "fields": {}},
        {"kind": "trigger", "name": "d", "change": "same", "fields": {}},
    ]
    shown = plan_table({"project": "p", "plan": steps, "warnings": ["Look."]})
    lines = [line.split() for line in repr(shown).splitlines()]
    assert lines == [
        ["Plan", "Kind", "Name", "Fields"],
        ["create", "trigger", "a", "type:", '"webhook"'],
        ["change", "trigger", "b", "filter:", '"x"', "→", '"y"'],
        ["delete", "trigger", "c"],
        ["Warning:", "Look."],
    ]
    nothing = plan_table({"project": "p", "plan": steps[-1:], "warnings": []})
    assert repr(nothing) == "The project p is as the manifest says (1 unchanged)."


def test_markup_escapes_what_is_not_markup() -> None:
    assert tag("b", "<", Html("<i></i>"), title='"') == '<b title="&quot;">&lt;<i></i></b>'
    assert joined(("a", "b"), "<") == "a&lt;b"
    assert plain(tag("b", "a < ", tag("i", "b"))) == "a < b"
    assert repr(table(("A", "Bee"), [("x", 1), ("long", 22)], empty="")) == "A     Bee\nx     1\nlong  22"
    assert repr(table(("A",), [], empty="Nothing yet.")) == "Nothing yet."


def test_times_are_told_as_people_say_them() -> None:
    assert in_zone("2026-11-21T05:00:07Z", "UTC") == "Sat 21 Nov 2026 05:00:07 UTC"
    assert in_zone("2026-11-21T05:00:00Z", "Nowhere/Land") == "Sat 21 Nov 2026 05:00 UTC"
    assert [lasting(seconds) for seconds in (0.42, 59.94, 60, 7500)] == ["0.4 s", "59.9 s", "1 min 0 s", "2 h 5 min"]


def test_the_magics_bring_no_server_package() -> None:
    probe = (
        "import sys\nfrom IPython.core.interactiveshell import InteractiveShell\n"
        "shell = InteractiveShell.instance()\nshell.run_line_magic('load_ext', 'notebook_automation')\n"
        "print(' '.join(sys.modules))"
    )
    ran = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    loaded = set(ran.stdout.split())
    assert "notebook_automation.magics.triggers" in loaded
    assert not {"tornado", "jupyter_server", "sqlalchemy", "msgspec", "apscheduler", "ipywidgets"} & loaded
    ours = {name.split(".")[1] for name in loaded if name.startswith("notebook_automation.")}
    assert ours == {"_version", "magics", "sdk", "widgets"}

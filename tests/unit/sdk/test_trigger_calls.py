"""What a trigger runs, in words."""

from __future__ import annotations

from notebook_automation.domain.api_calls import parse_api_call
from notebook_automation.sdk.trigger_calls import call_text


def test_a_trigger_runs_a_file_an_api_or_nothing() -> None:
    call = parse_api_call({"url": "https://api.example.com/report?full=1#x", "method": "POST"})
    assert call_text({"call": "report.ipynb", "api_call": None}) == "report.ipynb"
    assert call_text({"call": None, "api_call": call.to_dict()}) == call.call
    assert call_text({"call": None}) == ""

"""What a waiting cell says of its inquiries."""

from __future__ import annotations

from typing import Any

import pytest

from notebook_automation.sdk.inquiry_output import InquiryOutput
from notebook_automation.sdk.records import record

PENDING: dict[str, Any] = {
    "id": "inq_1", "status": "pending", "title": "Publish <b>?", "response": None, "stage": 0, "timeout_at": None,
    "stages": [{"of": ["ana", "group:ops"], "approvals": 2, "answers": []}], "ended_reason": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "waits for 2 of ana, group:ops"),
        ({"stages": [{"of": [], "approvals": 1}]}, "waits for anyone"),
        ({"timeout_at": "2026-12-01T06:00:00Z"}, "until Tue 01 Dec 2026"),
        ({"status": "responded", "response": {"approved": True, "by": ["ana", "bea"]}}, "approved by ana, bea"),
        ({"status": "responded", "response": {"approved": False, "by": ["ana"]}}, "rejected by ana"),
        ({"status": "responded", "response": {"approved": None, "value": 3, "by": ["ana"]}}, "answered by ana"),
        ({"status": "responded", "response": {"question": "Which?", "by": ["ana"]}}, "asked back by ana"),
        ({"status": "timeout", "response": {"approved": False}}, "nobody answered in time"),
        ({"status": "cancelled", "ended_reason": "not needed"}, "withdrawn: not needed"),
    ],
)
def test_it_says_how_it_stands_and_leads_there(changed: dict[str, Any], said: str) -> None:
    output = InquiryOutput([record({**PENDING, **changed})])
    assert said in repr(output)
    assert said in output._repr_html_()
    assert "Publish &lt;b&gt;?" in output._repr_html_()
    assert "&quot;page&quot;: &quot;inquiry&quot;" in output._repr_html_()
    assert ("inquiry answer inq_1" in repr(output)) == (not changed.get("status"))

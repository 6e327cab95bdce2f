"""Which reports may be asked for."""

from __future__ import annotations

import pytest

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.reports import check_report, formats_of, hides_code
from notebook_automation.domain.session_options import SessionOptions
from notebook_automation.store.tables.sessions import sessions


@pytest.mark.parametrize(
    ("report", "formats", "hidden"),
    [
        ("html", ("html",), False), ("pdf", ("pdf",), False), ("pdf,html", ("html", "pdf"), False),
        ("no-code,pdf", ("pdf",), True), ("html,pdf,no-code", ("html", "pdf"), True),
    ],
)  # fmt: skip
def test_a_report_is_in_formats_with_code_or_without(report: str, formats: tuple[str, ...], hidden: bool) -> None:
    check_report(report)
    assert (formats_of(report), hides_code(report)) == (formats, hidden)
    assert len(report) <= sessions.c.report.type.length


@pytest.mark.parametrize("report", ["", "docx", "no-code", "html,html", "html, pdf", "html,pdf,no-code,", "HTML"])
def test_what_is_no_report_is_refused(report: str) -> None:
    with pytest.raises(Invalid, match="use html, pdf or html,pdf; no-code behind them") as refused:
        SessionOptions(report=report).validate()
    assert (refused.value.code, refused.value.details["field"]) == ("run_invalid", "report")


def test_no_report_is_none() -> None:
    SessionOptions(report=None).validate()
    assert (formats_of(None), hides_code(None)) == ((), False)

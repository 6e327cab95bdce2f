"""Spans of sessions: in the trace of the request that led to them, below each other, with ids known beforehand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from notebook_automation.domain.correlation import traceparent_of
from notebook_automation.domain.session_log import Cell
from notebook_automation.domain.sessions import Session
from notebook_automation.domain.steps import Step
from notebook_automation.domain.traces import session_place, session_spans

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"
SESSION = Session(
    id="ses_1", project_id="prj_1", project="sales", call="a.ipynb", status="failed", created_at=1.0, started_by="ana",
    started_at=2.0, finished_at=9.0, reason="ValueError: no", traceparent=PARENT,
)  # fmt: skip


def a_step(**fields: Any) -> Step:
    known = {
        "cell_index": 1, "piece": 0, "name": "charge", "nth": 0, "number": 0, "status": "done", "fingerprint": "",
        "idempotency_key": "", "tries": 1, "started_at": 5.0, "finished_at": 6.0,
    }  # fmt: skip
    return Step(**{**known, **fields})


def test_a_session_is_in_the_trace_of_its_request_and_sampled_as_that_is() -> None:
    place = session_place("ses_1", PARENT)
    assert traceparent_of(place) == place
    assert place.split("-")[1::2] == PARENT.split("-")[1::2]
    assert place != session_place("ses_2", PARENT)


def test_a_session_that_no_request_led_to_has_a_trace_of_its_own() -> None:
    first, second = session_place("ses_1", None), session_place("ses_2", None)
    assert traceparent_of(first) == first == session_place("ses_1", None)
    assert first.split("-")[1] != second.split("-")[1]


def test_cells_are_below_the_session_and_steps_below_their_cells() -> None:
    cells = [
        Cell(index=0, id="a", source_head="", status="skipped"),
        Cell(index=1, id="b", source_head="", status="error", started_at=3.0),
    ]
    own, cell, step, lost = session_spans(SESSION, cells, [a_step(), a_step(cell_index=7, error={"type": "E"})])
    assert (own.parent, own.traceparent, own.error) == (PARENT, session_place("ses_1", PARENT), "ValueError: no")
    assert (own.start, own.end) == (2.0, 9.0)
    assert (cell.name, cell.parent, cell.end, cell.error) == (
        "cell 2",
        own.traceparent,
        9.0,
        "The cell raised an error.",
    )
    assert (step.name, step.parent, step.error) == ("step charge", cell.traceparent, None)
    assert (lost.parent, lost.error) == (own.traceparent, "E")


def test_a_session_that_never_began_has_a_span_all_the_same() -> None:
    [own] = session_spans(replace(SESSION, status="cancelled", started_at=None, traceparent=None), [], [])
    assert (own.start, own.parent) == (1.0, None)

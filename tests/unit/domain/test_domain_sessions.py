"""The states of a session, and the way from one to the next."""

from __future__ import annotations

import pytest

from notebook_automation.domain.errors import Conflict
from notebook_automation.domain.sessions import (
    CLAIMED,
    QUEUED,
    TERMINAL,
    TRANSITIONS,
    Session,
    after_cancel,
    check_transition,
)


def test_the_transition_table_is_whole() -> None:
    assert {"completed", "failed", "cancelled", "timeout", "abandoned"} == TERMINAL
    for status, following in TRANSITIONS.items():
        assert following <= set(TRANSITIONS)
        assert status not in following
        reached, open_ends = set(), {status}
        while open_ends:
            reached |= open_ends
            open_ends = {after for one in open_ends for after in TRANSITIONS[one]} - reached
        assert reached & TERMINAL, f"from {status} no end is reached"
    reachable, open_ends = set(), {"requested"}
    while open_ends:
        reachable |= open_ends
        open_ends = {after for one in open_ends for after in TRANSITIONS[one]} - reachable  # type: ignore[index]
    assert reachable == set(TRANSITIONS)
    with pytest.raises(Conflict, match="completed cannot become running"):
        check_transition("completed", "running")


def test_cancelling_ends_what_nobody_holds_and_asks_whoever_holds_it() -> None:
    for status in TRANSITIONS:
        then = after_cancel(status)
        if status in TERMINAL or status == "canceling":
            assert then == status
        else:
            assert then == ("canceling" if status in CLAIMED else "cancelled")
            check_transition(status, then)
    assert {after_cancel(status) for status in QUEUED} == {"cancelled"}


@pytest.mark.parametrize(("finished", "seconds"), [(13.5, 3.5), (10.0, 0.0), (-3590.0, 0.0), (None, None)])
def test_no_session_took_less_than_no_time(finished: float | None, seconds: float | None) -> None:
    session = Session(
        id="ses_x", project_id=None, project="p", call="a.ipynb", status="running", created_at=1.0, started_by="ana",
        started_at=10.0, finished_at=finished,
    )  # fmt: skip
    assert session.duration == seconds

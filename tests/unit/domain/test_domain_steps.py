"""What several records say of a step together, and what a session that goes on from an ended one has of its steps."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notebook_automation.domain.masking import Masker
from notebook_automation.domain.steps import SHOWN, STATUSES, UNORDERED, Step, carried_over, is_news, masked, merged

STEP = Step(
    cell_index=2, piece=0, name="pay", nth=0, number=3, status="started", fingerprint="f" * 32,
    idempotency_key="k" * 32, tries=1, started_at=10.0,
)  # fmt: skip


def test_nothing_takes_back_what_is_recorded_as_done() -> None:
    done = replace(STEP, status="done", result=b"first", finished_at=11.5)
    assert done.duration == 1.5
    for status in STATUSES:
        assert not is_news(replace(STEP, status=status, tries=9), done)
    assert is_news(done, STEP)
    assert is_news(replace(STEP, tries=2), STEP)
    assert not is_news(STEP, STEP)
    assert merged([STEP, done], [replace(STEP, tries=5)], [replace(done, result=b"second")]) == {STEP.place: done}


def test_what_failed_runs_again_with_the_same_key_where_the_session_is_gone_on_from() -> None:
    failed = replace(
        STEP, status="failed", result=b"error", error={"type": "OSError", "message": ""}, finished_at=11.0, shown="x"
    )
    done = replace(STEP, status="done", nth=1, result=b"value")
    [again, kept] = carried_over([failed, done], (1, 0), "resumed")
    assert again == replace(STEP, status="pending")
    assert kept == done


def test_behind_an_edit_steps_have_no_order() -> None:
    steps = [
        replace(STEP, cell_index=cell, piece=piece, status="done") for cell, piece in [(1, 0), (2, 0), (2, 1), (3, 0)]
    ]
    assert [step.number for step in carried_over(steps, (2, 0), "edited")] == [3, 3, UNORDERED, UNORDERED]
    assert [step.number for step in carried_over(steps, (2, 0), "resumed")] == [3, 3, 3, 3]
    assert carried_over(steps, (2, 0), "again") == steps[:2]


@pytest.mark.parametrize("before", [0, 190, 196, 199, 3_990])
def test_no_part_of_a_secret_is_shown(before: int) -> None:
    secret = "s3cr3t-value-9"
    shown = ("x" * before + secret + "y" * 500)[:4000]
    step = replace(STEP, shown=shown, error={"type": "OSError", "message": f"no {secret} here"})
    found = masked(step, Masker([secret]))
    assert found.shown is not None
    assert len(found.shown) <= SHOWN
    assert "s3cr" not in found.shown
    assert found.error == {"type": "OSError", "message": "no *** here"}

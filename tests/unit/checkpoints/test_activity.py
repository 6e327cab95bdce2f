"""What runs beside the cells is told, but for threads that start again when they are needed."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from notebook_automation.checkpoints.activity import Activity
from notebook_automation.sdk.threads import OwnThread


@pytest.fixture
def end() -> Iterator[threading.Event]:
    event = threading.Event()
    yield event
    event.set()


def test_a_thread_of_the_notebook_is_told_and_one_that_starts_again_is_not(end: threading.Event) -> None:
    activity = Activity()
    OwnThread(end.wait, "progress").start()
    assert activity.threads() == []
    threading.Thread(target=end.wait, name="mine", daemon=True).start()
    assert activity.threads() == ["the thread 'mine' runs beside the cells"]

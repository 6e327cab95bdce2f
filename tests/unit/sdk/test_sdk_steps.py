"""`na.step`: what is recorded is returned and not run again; the rest runs with its tries."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import pickle
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

import notebook_automation as na
from notebook_automation.sdk import position, step_calls, step_journal
from notebook_automation.sdk.errors import Invalid
from notebook_automation.sdk.step_errors import StepFailed, StepMismatch, StepNotRecorded, StepUncertain

Attempt = Callable[..., None]


@pytest.fixture
def attempt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Attempt]:
    """Become the kernel of a durable session's next attempt, which runs this piece."""
    monkeypatch.setenv("NOTEBOOK_AUTOMATION_SESSION", "ses_1")
    monkeypatch.setenv("NOTEBOOK_AUTOMATION_CONTEXT", str(tmp_path / "context.json"))

    def begin(cell_index: int = 2, piece: int = 0) -> None:
        step_calls._current = None
        position.begin(cell_index, piece)

    yield begin
    step_calls._current = None
    position._here.__init__()  # type: ignore[misc]


class Effects:
    """What has happened outside."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.keys: list[str] = []
        self.lock = threading.Lock()

    def act(self, value: Any = None, *, fails: int = 0) -> Any:
        with self.lock:
            self.seen.append(value)
            self.keys.append(na.idempotency_key())
        if len(self.seen) <= fails:
            raise ConnectionError(f"try {len(self.seen)}")
        return {"value": value}

    async def act_later(self, value: Any = None) -> Any:
        await asyncio.sleep(0)
        return self.act(value)


class Crash(BaseException):
    """The process dies here."""


def crash(value: Any = None) -> None:
    raise Crash


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "steps.jsonl").read_bytes().splitlines()]


def test_what_is_recorded_is_returned_and_not_run_again(attempt: Attempt, tmp_path: Path) -> None:
    effects = Effects()
    for _ in range(3):
        attempt()
        assert na.step("a", effects.act, 1) == {"value": 1}
        assert na.step("a", effects.act, 1) == {"value": 1}
        assert na.activity("b", effects.act, value="x") == {"value": "x"}
    assert effects.seen == [1, 1, "x"]
    done = [line for line in lines(tmp_path) if line["status"] == "done"]
    assert [(line["cell_index"], line["piece"], line["name"], line["nth"], line["number"]) for line in done] == [
        (2, 0, "a", 0, 0), (2, 0, "a", 1, 1), (2, 0, "b", 0, 2),
    ]  # fmt: skip
    assert done[0]["shown"] == "{'value': 1}"
    assert len(set(effects.keys)) == 3


def test_another_piece_has_steps_of_its_own(attempt: Attempt) -> None:
    effects = Effects()
    for cell, piece in [(2, 0), (2, 1), (3, 0), (2, 1)]:
        attempt(cell, piece)
        na.step("a", effects.act, 1)
    assert len(effects.seen) == 3


def test_it_is_a_copy_that_is_returned_the_first_time_too(attempt: Attempt) -> None:
    attempt()
    kept = [1]
    assert na.step("a", lambda: kept) == [1]
    assert na.step("b", lambda: kept) is not kept


def test_the_record_is_on_disk_before_the_notebook_goes_on(
    attempt: Attempt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[int] = []
    real = step_journal._sync

    def sync(file: int) -> None:
        synced.append(len(lines(tmp_path)))
        real(file)

    monkeypatch.setattr(step_journal, "_sync", sync)
    attempt()
    na.step("a", int)
    assert synced == [2]
    na.step("b", lambda: synced.append(-1), at_most_once=True)
    # What must not begin twice is known before it begins.
    assert synced == [2, 3, -1, 4]


def test_decorated_functions_are_steps(attempt: Attempt) -> None:
    effects = Effects()

    @na.step
    def plain(value: int) -> Any:
        """Says so."""
        return effects.act(value)

    @na.step("named", retry=na.Retry(max_attempts=2, base_delay=0))
    def named(value: int, *, fails: int = 0) -> Any:
        return effects.act(value, fails=fails)

    class Shop:
        def __init__(self) -> None:
            self.number = 7

        @na.step
        def order(self, value: int) -> Any:
            return effects.act(self.number + value)

    assert (plain.__name__, plain.__doc__, plain.name, named.name) == ("plain", "Says so.", "plain", "named")
    for _ in range(2):
        attempt()
        assert plain(1) == {"value": 1}
        assert named(2, fails=2) == {"value": 2}
        assert Shop().order(3) == {"value": 10}
    assert effects.seen == [1, 2, 2, 10]
    assert effects.keys[1] == effects.keys[2]


def test_coroutine_functions_are_awaited(attempt: Attempt) -> None:
    effects = Effects()

    @na.step
    async def later(value: int) -> Any:
        return await effects.act_later(value)

    async def cell() -> list[Any]:
        return [await later(1), *await asyncio.gather(later(2), na.step("b", effects.act_later, 3), later(2))]

    for _ in range(2):
        attempt()
        assert asyncio.run(cell()) == [{"value": 1}, {"value": 2}, {"value": 3}, {"value": 2}]
    assert sorted(effects.seen) == [1, 2, 2, 3]
    assert asyncio.iscoroutinefunction(later.function)


def test_a_step_cut_off_runs_again_with_the_same_key(attempt: Attempt, tmp_path: Path) -> None:
    effects = Effects()
    attempt()
    with pytest.raises(Crash):
        na.step("a", lambda value: (effects.act(value), crash()), 1)
    attempt()
    na.step("a", lambda value: effects.act(value), 1)
    assert effects.keys[0] == effects.keys[1]
    assert [(line["status"], line["tries"]) for line in lines(tmp_path)] == [
        ("started", 1), ("started", 2), ("done", 2),
    ]  # fmt: skip


def test_what_must_not_run_twice_is_left_to_a_person(attempt: Attempt, tmp_path: Path) -> None:
    effects = Effects()
    attempt()
    with pytest.raises(Crash):
        na.step("pay", crash, 1, at_most_once=True)
    for _ in range(2):
        attempt()
        with pytest.raises(StepUncertain, match=r"Step 'pay' in cell 3 was cut off .* unknown") as caught:
            na.step("pay", effects.act, 1, at_most_once=True)
        assert lines(tmp_path)[-1]["idempotency_key"] in str(caught.value)
    assert not effects.seen
    assert lines(tmp_path)[-1]["status"] == "uncertain"
    attempt()
    na.step("pay", effects.act, 1)
    attempt()
    assert na.step("pay", effects.act, 1, at_most_once=True) == {"value": 1}
    assert effects.seen == [1]


def test_tries_go_on_until_one_succeeds_and_then_count_as_one_step(attempt: Attempt, tmp_path: Path) -> None:
    effects = Effects()
    attempt()
    assert na.step("a", effects.act, 1, fails=2, retry=na.Retry(max_attempts=3, base_delay=0)) == {"value": 1}
    assert effects.seen == [1, 1, 1]
    assert len(set(effects.keys)) == 1
    assert lines(tmp_path)[-1]["tries"] == 3


def test_what_failed_after_all_tries_fails_again_the_same_way(attempt: Attempt, tmp_path: Path) -> None:
    effects = Effects()
    retry = na.Retry(max_attempts=2, base_delay=0)
    for _ in range(2):
        attempt()
        with pytest.raises(ConnectionError, match=r"^try 2"):
            na.step("a", effects.act, 1, fails=9, retry=retry)
        assert na.step("b", effects.act, 2, fails=0) == {"value": 2}
    assert effects.seen == [1, 1, 2]
    [failed] = [line for line in lines(tmp_path) if line["status"] == "failed"]
    assert failed["error"] == {"type": "ConnectionError", "message": "try 2"}


def test_an_exception_that_cannot_come_back_is_named(attempt: Attempt) -> None:
    class Odd(Exception):
        def __init__(self, one: str, other: str) -> None:
            super().__init__(f"{one} and {other}")

    def raises() -> None:
        raise Odd("this", "that")

    attempt()
    with pytest.raises(Odd):
        na.step("a", raises)
    attempt()
    with pytest.raises(StepFailed, match=r"Odd: this and that"):
        na.step("a", raises)


def test_a_result_that_cannot_be_recorded_says_that_it_has_happened(attempt: Attempt, tmp_path: Path) -> None:
    for _ in range(2):
        attempt()
        with pytest.raises(StepNotRecorded, match=r"has done its work, but what it returned, a _thread.lock, cannot"):
            na.step("a", threading.Lock)
    assert [line["status"] for line in lines(tmp_path)] == ["started", "failed"]


def test_a_full_disk_says_that_it_has_happened(attempt: Attempt, monkeypatch: pytest.MonkeyPatch) -> None:
    attempt()
    na.step("a", int)

    def full(file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(step_journal, "_sync", full)
    with pytest.raises(StepNotRecorded, match=r"No space left.*It has done its work"):
        na.step("b", int)


def test_other_arguments_and_another_order_are_said(attempt: Attempt) -> None:
    effects = Effects()
    attempt()
    na.step("a", effects.act, 1)
    na.step("b", effects.act, 2)
    attempt()
    with pytest.raises(StepMismatch, match="its 1st step, 'a', has other arguments now"):
        na.step("a", effects.act, 3)
    attempt()
    na.step("a", effects.act, 1)
    with pytest.raises(StepMismatch, match="its 2nd step is now 'c'; when it ran before it was 'b'"):
        na.step("c", effects.act, 2)
    attempt()
    with pytest.raises(StepMismatch, match="its 1st step is now 'b'"):
        na.step("b", effects.act, 2)
    assert effects.seen == [1, 2]


def test_threads_run_steps_at_once_and_find_them_again_in_any_order(attempt: Attempt) -> None:
    effects = Effects()
    for items in (range(40), reversed(range(40)), range(44)):
        attempt()
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda item: na.step("item", effects.act, item % 20), items))
        assert len(found) >= 40
        assert na.step("after", effects.act, "after") == {"value": "after"}
    # Twice each, since each was asked for twice; the last time four were asked for a third time.
    assert sorted(value for value in effects.seen if value != "after") == sorted([*range(20), *range(20), 0, 1, 2, 3])
    assert effects.seen.count("after") == 1
    assert len(set(effects.keys)) == 45


def test_a_step_within_a_step_is_a_part_of_it(attempt: Attempt, tmp_path: Path) -> None:
    effects = Effects()

    def outer() -> Any:
        na.step("inner", effects.act, 1)
        na.step("inner", effects.act, 1)
        return na.idempotency_key()

    for _ in range(2):
        attempt()
        key = na.step("outer", outer)
        assert na.step("inner", effects.act, 2) == {"value": 2}
    assert effects.seen == [1, 1, 2]
    assert len({*effects.keys, key}) == 4
    assert {line["name"] for line in lines(tmp_path)} == {"outer", "inner"}
    assert [line["nth"] for line in lines(tmp_path) if line["name"] == "inner"] == [0, 0]


def test_large_results_lie_beside_the_journal(
    attempt: Attempt, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(step_journal, "INLINE", 1000)
    for _ in range(2):
        attempt()
        assert na.step("a", lambda: b"x" * 5000) == b"x" * 5000
    [line] = [line for line in lines(tmp_path) if line["status"] == "done"]
    assert line["content"]
    assert "result" not in line
    attempt()
    (tmp_path / "steps" / line["content"]).write_bytes(pickle.dumps(b"y" * 5000))
    with pytest.raises(StepFailed, match="changed on disk"):
        na.step("a", lambda: b"x" * 5000)


def test_a_torn_line_counts_as_not_there(attempt: Attempt, tmp_path: Path) -> None:
    effects = Effects()
    attempt()
    na.step("a", effects.act, 1)
    na.step("b", effects.act, 2)
    journal = tmp_path / "steps.jsonl"
    whole = journal.read_bytes()
    for cut in range(1, len(whole.splitlines()[-1]) + 1, 7):
        journal.write_bytes(whole[:-cut])
        effects.seen.clear()
        attempt()
        na.step("a", effects.act, 1)
        na.step("b", effects.act, 2)
        assert effects.seen == [2]
        attempt()
        na.step("a", effects.act, 1)
        na.step("b", effects.act, 2)
        assert effects.seen == [2]


def test_foreign_lines_are_passed_over(attempt: Attempt, tmp_path: Path) -> None:
    effects = Effects()
    attempt()
    na.step("a", effects.act, 1)
    with (tmp_path / "steps.jsonl").open("ab") as file:
        file.write(b"\0\0\0\0\n[]\n{}\nnull\n7\n" + b'{"cell_index": 2}\n' + b"\xff\xfe\n\n")
    attempt()
    na.step("a", effects.act, 1)
    assert effects.seen == [1]


def test_a_child_process_is_refused_with_words(attempt: Attempt) -> None:
    attempt()
    na.step("a", int)
    context = multiprocessing.get_context("fork")
    sent, received = context.Pipe()

    def child() -> None:
        try:
            na.step("b", int)
        except Invalid as error:
            sent.send(str(error))
        os._exit(0)

    process = context.Process(target=child)
    process.start()
    assert "child process" in received.recv()
    process.join()


def test_outside_a_durable_session_it_runs_and_nothing_is_recorded(tmp_path: Path) -> None:
    effects = Effects()
    kept = [1]
    for _ in range(2):
        assert na.step("a", effects.act, 1, fails=1, retry=na.Retry(base_delay=0)) == {"value": 1}
        assert na.step("b", lambda: kept) == [1]
        assert na.step("b", lambda: kept) is not kept
    assert effects.seen == [1, 1, 1]
    assert effects.keys[0] == effects.keys[1] != effects.keys[2]
    with pytest.raises(StepNotRecorded, match="has done its work"):
        na.step("c", threading.Lock)
    with pytest.raises(ConnectionError):
        na.step("d", Effects().act, 1, fails=1)
    assert not list(tmp_path.iterdir())


def test_classes_and_functions_of_the_notebook_come_back_as_what_they_are(attempt: Attempt) -> None:
    from notebook_automation.sdk.step_results import pickled

    class Local:
        pass

    assert na.step("a", lambda: lambda: 7)() == 7
    attempt()
    assert isinstance(na.step("b", Local), Local)
    assert pickled(Retried, "c")[1] is Retried


class Retried:
    """A class that pickle finds by its name."""


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: na.step("", int), lambda: na.step(" ", int), lambda: na.step("x" * 201, int),
        lambda: na.step("a\nb", int), lambda: na.step(7, int), lambda: na.step("a", 7),
        lambda: na.step("a")(7), lambda: na.step("a", wait=3),
        lambda: na.step("a", int, retry=3),
        lambda: na.step("a", int, retry=na.Retry(max_attempts=2), at_most_once=True),
        lambda: na.idempotency_key(),
    ],
)  # fmt: skip
def test_what_says_nothing_that_can_be_done_is_refused(wrong: Callable[[], Any]) -> None:
    with pytest.raises(Invalid):
        wrong()


def test_the_longest_name_is_one(attempt: Attempt) -> None:
    attempt()
    assert na.step("ü" * 200, int) == 0

"""The journal of steps from outside: what the kernel's side wrote, what hostile code wrote, what an attempt finds."""

from __future__ import annotations

import json
import os
import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import notebook_automation as na
from notebook_automation.domain.masking import Masker
from notebook_automation.domain.steps import Step
from notebook_automation.execution import step_journal
from notebook_automation.execution.step_journal import StepJournal
from notebook_automation.sdk import position, step_calls
from notebook_automation.sdk import step_journal as kernels

LINE = {
    "cell_index": 2, "piece": 0, "name": "a", "nth": 0, "number": 0, "status": "done", "fingerprint": "f" * 32,
    "idempotency_key": "k" * 32, "tries": 1, "started_at": 1.0,
}  # fmt: skip


@pytest.fixture
def kernel(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("NOTEBOOK_AUTOMATION_SESSION", "ses_1")
    monkeypatch.setenv("NOTEBOOK_AUTOMATION_CONTEXT", str(tmp_path / "context.json"))
    monkeypatch.setattr(kernels, "INLINE", 1000)
    _next_attempt()
    yield
    step_calls._current = None
    position._here.__init__()  # type: ignore[misc]


def _next_attempt() -> None:
    step_calls._current = None
    position.begin(2, 0)


def write(folder: Path, *lines: Any) -> None:
    with (folder / "steps.jsonl").open("ab") as file:
        for line in lines:
            file.write((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n")


@pytest.mark.usefixtures("kernel")
def test_what_the_kernel_records_is_read_once(tmp_path: Path) -> None:
    journal = StepJournal(tmp_path)
    assert journal.read() == []
    na.step("a", lambda: [1])
    [step] = journal.read()
    assert (step.status, step.place, step.number, step.shown) == ("done", (2, 0, "a", 0), 0, "[1]")
    assert step.result is not None
    assert pickle.loads(step.result) == [1]
    assert journal.read() == []
    with pytest.raises(KeyError):
        na.step("b", {}.__getitem__, "x")
    assert [(step.name, step.status, step.error) for step in journal.read()] == [
        ("b", "failed", {"type": "KeyError", "message": "'x'"})
    ]


@pytest.mark.usefixtures("kernel")
def test_an_attempt_elsewhere_finds_what_the_database_knows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []
    journal = StepJournal(tmp_path)
    na.step("large", lambda: calls.append(1) or "x" * 3000)
    known = journal.read()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    StepJournal(elsewhere, known).prepare(journal.content)
    monkeypatch.setenv("NOTEBOOK_AUTOMATION_CONTEXT", str(elsewhere / "context.json"))
    _next_attempt()
    assert na.step("large", lambda: calls.append(1) or "x" * 3000) == "x" * 3000
    assert calls == [1]


@pytest.mark.usefixtures("kernel")
def test_an_attempt_begins_with_the_furthest_of_journal_and_database(tmp_path: Path) -> None:
    na.step("a", int)
    na.step("b", int)
    local = StepJournal(tmp_path).read()
    with (tmp_path / "steps.jsonl").open("ab") as file:
        file.write(b'{"cell_index": 2, "na')
    known = [replace(local[0], status="started", result=None), replace(local[1], nth=7, name="c")]
    journal = StepJournal(tmp_path, known)
    assert journal.prepare() == local
    assert journal.read() == []
    written = [json.loads(line) for line in (tmp_path / "steps.jsonl").read_bytes().splitlines()]
    assert sorted((line["name"], line["status"]) for line in written) == [("a", "done"), ("b", "done"), ("c", "done")]
    assert not (tmp_path / "steps.jsonl.new").exists()
    assert (tmp_path / "steps.jsonl").stat().st_mode & 0o077 == 0


def test_a_line_that_is_being_written_is_read_when_it_has_its_end(tmp_path: Path) -> None:
    journal = StepJournal(tmp_path)
    whole = json.dumps(LINE).encode() + b"\n"
    for end in range(1, len(whole)):
        (tmp_path / "steps.jsonl").write_bytes(whole[:end])
        assert journal.read() == []
    (tmp_path / "steps.jsonl").write_bytes(whole)
    assert len(journal.read()) == 1


@pytest.mark.parametrize(
    "line",
    [
        b"", b"\0" * 100, b"\xff\xfe", b"[]", b"{}", b"7", b"[" * 100_000, b'"' + b"x" * 2_000_000 + b'"',
        *(
            {**LINE, **changed}
            for changed in (
                {"name": ""}, {"name": "x" * 201}, {"name": "a\0b"}, {"name": 7}, {"name": "\ud800"},
                {"nth": -1}, {"nth": 2**31}, {"cell_index": -1}, {"piece": 1.5}, {"number": -2}, {"status": "well"},
                {"fingerprint": "f" * 65}, {"fingerprint": "a/../b"}, {"content": "../../etc/passwd"},
                {"idempotency_key": ""}, {"tries": -1},
                {"started_at": 1e300}, {"started_at": -1}, {"started_at": None}, {"finished_at": "now"},
                {"result": "no base64!"}, {"shown": "x" * 30_000}, {"error": []}, {"error": {"type": "A"}},
                {"error": {"type": "A", "message": "x" * 30_000}},
            )
        ),
    ],
)  # fmt: skip
def test_a_line_that_is_none_of_ours_is_passed_over(tmp_path: Path, line: Any) -> None:
    write(tmp_path, line, {**LINE, "name": "after"})
    assert [step.name for step in StepJournal(tmp_path).read()] == ["after"]


def test_nothing_is_followed_opened_or_waited_for(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    write(outside, LINE)
    folder = tmp_path / "session"
    folder.mkdir()
    journal = StepJournal(folder)
    (folder / "steps.jsonl").symlink_to(outside / "steps.jsonl")
    assert journal.read() == []
    (folder / "steps.jsonl").unlink()
    os.mkfifo(folder / "steps.jsonl")
    assert journal.read() == []
    (folder / "steps.jsonl").unlink()
    (folder / "steps.jsonl").mkdir()
    assert journal.read() == []
    (folder / "steps").symlink_to(outside)
    (outside / "ab").write_bytes(b"x")
    for digest in ("ab", "../outside/ab", ""):
        with pytest.raises(OSError, match=r"\S"):
            journal.content(digest)


def test_a_large_result_is_not_written_through_a_link(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    folder = tmp_path / "session"
    folder.mkdir()
    (folder / "steps").symlink_to(outside)
    known = Step(**{**LINE, "content": "ab" * 20})  # type: ignore[arg-type]
    StepJournal(folder, [known]).prepare(lambda digest: b"large")
    assert list(outside.iterdir()) == []
    assert (folder / "steps" / ("ab" * 20)).read_bytes() == b"large"


def test_a_changed_large_result_is_refused(tmp_path: Path) -> None:
    (tmp_path / "steps").mkdir()
    (tmp_path / "steps" / ("ab" * 20)).write_bytes(b"other")
    with pytest.raises(OSError, match="was changed"):
        StepJournal(tmp_path).content("ab" * 20)


def test_what_is_read_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step_journal, "MOST_STEPS", 5)
    monkeypatch.setattr(step_journal, "MOST_AT_ONCE", 1000)
    journal = StepJournal(tmp_path)
    write(tmp_path, b"x" * 3000, *({**LINE, "nth": number} for number in range(9)), {**LINE, "name": "late"})
    found = [step for _ in range(20) for step in journal.read()]
    assert [step.nth for step in found] == [0, 1, 2, 3, 4]


def test_secrets_are_hidden(tmp_path: Path) -> None:
    write(tmp_path, {**LINE, "shown": "token s3cr3t-9 of Ana"})
    [step] = StepJournal(tmp_path, masker=Masker(["s3cr3t-9"])).read()
    assert step.shown == "token *** of Ana"

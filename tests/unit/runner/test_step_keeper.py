"""What a runner does with its session's steps: they are told once, and large results are stored beside them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from eventually import eventually

from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.adapters.seal import Seal
from notebook_automation.domain.masking import Masker
from notebook_automation.domain.steps import Step
from notebook_automation.runner.step_keeper import StepKeeper
from notebook_automation.services.checkpoint_content import CheckpointContent, digest_of
from notebook_automation.store.checkpoints import StoredContent

pytestmark = pytest.mark.asyncio
LARGE = b"a large result"


class Told:
    """The news of a keeper."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.content: dict[str, StoredContent] = {}

    def __call__(self, steps: Sequence[Step], content: Mapping[str, StoredContent]) -> None:
        self.steps += steps
        self.content |= content


@pytest.fixture
def store(tmp_path: Path) -> CheckpointContent:
    return CheckpointContent(FileBlobs(tmp_path / "blobs"), Seal(tmp_path / "key"))


def keeper_of(
    folder: Path, store: CheckpointContent, told: Told, known: Sequence[Step] = (), **content: str
) -> StepKeeper:
    folder.mkdir(exist_ok=True)
    return StepKeeper(folder, known, content, store, "prj_1", Masker(["s3cr3t-9"]), told)


def write(folder: Path, name: str, **fields: Any) -> None:
    line = {
        "cell_index": 0, "piece": 0, "name": name, "nth": 0, "number": 0, "status": "done", "fingerprint": "f",
        "idempotency_key": "k", "tries": 1, "started_at": 1.0, **fields,
    }  # fmt: skip
    with (folder / "steps.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")


async def test_steps_are_told_while_they_happen_and_a_last_time_when_asked(
    tmp_path: Path, store: CheckpointContent
) -> None:
    told = Told()
    folder = tmp_path / "session"
    keeper = keeper_of(folder, store, told)
    await keeper.prepare()
    write(folder, "a", shown="s3cr3t-9")
    await eventually(lambda: [step.shown for step in told.steps] == ["***"])
    keeper.stop()
    write(folder, "b")
    await asyncio.gather(keeper.collect(), keeper.collect())
    assert [step.name for step in told.steps] == ["a", "b"]


async def test_large_results_come_back_on_another_machine(tmp_path: Path, store: CheckpointContent) -> None:
    told = Told()
    here, there = tmp_path / "here", tmp_path / "there"
    keeper = keeper_of(here, store, told)
    await keeper.prepare()
    keeper.stop()
    (here / "steps").mkdir()
    digest = digest_of(LARGE)
    (here / "steps" / digest).write_bytes(LARGE)
    write(here, "large", content=digest)
    write(here, "gone", content="ab" * 20)
    await keeper.collect()
    assert set(told.content) == {digest}
    assert len(told.steps) == 2
    elsewhere = keeper_of(there, store, Told(), told.steps, **{digest: told.content[digest].blob})
    await elsewhere.prepare()
    elsewhere.stop()
    assert (there / "steps" / digest).read_bytes() == LARGE
    assert [path.name for path in (there / "steps").iterdir()] == [digest]


async def test_what_the_database_does_not_know_yet_is_told_when_an_attempt_begins(
    tmp_path: Path, store: CheckpointContent
) -> None:
    told = Told()
    folder = tmp_path / "session"
    keeper = keeper_of(folder, store, told)
    write(folder, "left by the attempt before")
    await keeper.prepare()
    keeper.stop()
    assert [step.name for step in told.steps] == ["left by the attempt before"]

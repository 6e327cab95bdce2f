"""A session's checkpoints as the runner asks for them: a record for each piece, or words why there is none."""

from __future__ import annotations

import json
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from eventually import wait_until

from notebook_automation.checkpoints import Manifest, NotResumable, manifest_digest, session

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


@pytest.fixture
def folder(shell: InteractiveShell, tmp_path: Path) -> Iterator[Path]:
    session.begin(str(tmp_path / "checkpoint"), str(tmp_path))
    return tmp_path / "checkpoint"


def run(shell: InteractiveShell, folder: Path, number: int, source: str) -> dict[str, Any]:
    shell.run_cell(source, store_history=True).raise_error()
    session.save(number, source, [])
    return record(folder, number)


def record(folder: Path, number: int) -> dict[str, Any]:
    path = folder / f"{number}.json"
    wait_until(path.exists)
    return dict(json.loads(path.read_text()))


def anew(folder: Path) -> None:
    """Forget what is known, as another kernel knows nothing."""
    session.begin(str(folder), str(folder.parent))


def test_a_record_tells_what_was_saved(shell: InteractiveShell, folder: Path) -> None:
    first = run(shell, folder, 1, "x = [1]; text = 'secret'; big = bytearray(100_000)")
    assert first["number"] == 1
    assert first["digest"] == manifest_digest(first["manifest"])
    assert {path.name: path.stat().st_size for path in folder.iterdir() if path.suffix != ".json"} == first["blobs"]
    assert first["bytes"] == sum(first["blobs"].values()) > 100_000
    assert 0 < first["held"] <= first["seconds"]
    assert first["obstacle"] == ""
    names = {one["name"]: one for one in first["names"]}
    assert (names["x"]["type"], names["x"]["text"]) == ("list", "1 item")
    assert names["text"]["text"] == "text of 6 characters"
    assert names["big"]["size"] > 100_000


def test_a_record_tells_of_new_blobs_alone_and_the_manifest_of_all(shell: InteractiveShell, folder: Path) -> None:
    first = run(shell, folder, 1, "x = list(range(1000)); y = [1]")
    second = run(shell, folder, 2, "y.append(2)")
    needed = set(Manifest.from_json(second["manifest"]).digests())
    assert not second["blobs"].keys() & first["blobs"].keys()
    assert needed <= second["blobs"].keys() | first["blobs"].keys()


def test_blobs_that_were_taken_away_or_emptied_are_not_missed(shell: InteractiveShell, folder: Path) -> None:
    blobs: dict[str, bytes] = {}
    for number, source in enumerate(["x = [1]; y = x", "z = {'x': x}", "z['more'] = 1; x = [1]; y = x", "w = 5"]):
        found = run(shell, folder, number, source)
        for at, name in enumerate(sorted(found["blobs"])):
            blobs[name] = (folder / name).read_bytes()
            (folder / name).unlink() if at % 2 else (folder / name).write_bytes(b"")
    for name, content in blobs.items():
        (folder / name).write_bytes(content)
    anew(folder)
    session.restore(3)
    assert shell.user_ns["z"] == {"x": [1], "more": 1}
    assert shell.user_ns["x"] is shell.user_ns["y"]


def test_what_was_restored_is_not_written_again(shell: InteractiveShell, folder: Path) -> None:
    run(shell, folder, 1, "x = bytearray(1_000_000)")
    anew(folder)
    session.restore(1)
    assert run(shell, folder, 2, "y = 1")["bytes"] < 100_000


def test_an_obstacle_is_told_and_refused(shell: InteractiveShell, folder: Path) -> None:
    found = run(shell, folder, 1, "import socket\ns = socket.socket()")
    assert "`s` is a socket" in found["obstacle"]
    assert [one["text"] for one in found["names"] if one["name"] == "s"] == ["not saved: a socket"]
    for refused in (session.restore, session.rehearse):
        with pytest.raises(NotResumable, match="`s` is a socket"):
            refused(1)
    shell.user_ns["s"].close()


def test_a_disk_that_takes_no_more_is_told_and_the_next_record_is_whole(shell: InteractiveShell, folder: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, limits[1]))
    try:
        found = run(shell, folder, 1, "x = [1]; big = bytearray(1_000_000)")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert found["error"].startswith("The state after cell 1 could not be saved: ")
    with pytest.raises(NotResumable, match="after cell 1 could not be saved"):
        session.restore(1)
    second = run(shell, folder, 2, "y = 1")
    assert set(Manifest.from_json(second["manifest"]).digests()) <= second["blobs"].keys()
    assert {path.name for path in folder.iterdir() if path.suffix != ".json"} == second["blobs"].keys()


def test_there_is_no_checkpoint_where_none_was_made(folder: Path) -> None:
    with pytest.raises(NotResumable, match="no checkpoint after cell 7"):
        session.restore(7)


def test_a_record_that_was_changed_is_refused(shell: InteractiveShell, folder: Path) -> None:
    found = run(shell, folder, 1, "x = 1")
    found["manifest"]["modules"] = {"x": "os"}
    (folder / "1.json").write_text(json.dumps(found))
    with pytest.raises(NotResumable, match="was changed on disk"):
        session.restore(1)


def test_a_rehearsal_changes_no_file_and_runs_no_cell(shell: InteractiveShell, folder: Path, tmp_path: Path) -> None:
    source = "import socket\nopen('count', 'a').write('x')\ns = socket.socket()"
    shell.run_cell("log = open('log.txt', 'w'); _ = log.write('one')\n" + source).raise_error()
    session.save(1, source, ["rerun"])
    record(folder, 1)
    with (tmp_path / "log.txt").open("a") as file:
        file.write(" later")
    anew(folder)
    session.rehearse(1)
    assert (tmp_path / "log.txt").read_text() == "one later"
    assert (tmp_path / "count").read_text() == "x"
    anew(folder)
    session.restore(1)
    assert (tmp_path / "count").read_text() == "xx"
    assert (tmp_path / "log.txt").read_text() == "one"
    shell.user_ns["s"].close()
    shell.user_ns["log"].close()

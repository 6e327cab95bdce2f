"""What a checkpoint costs, refuses and keeps, apart from what it holds."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from notebook_automation.checkpoints import Checkpointer, DamagedCheckpoint, Manifest, NotResumable

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


@pytest.fixture
def checkpointer(shell: InteractiveShell, tmp_path: Path) -> Checkpointer:
    return Checkpointer(shell, tmp_path / "blobs")


def run(shell: InteractiveShell, checkpointer: Checkpointer, number: int, source: str) -> Manifest:
    shell.run_cell(source, store_history=True).raise_error()
    return checkpointer.save(number, source)


def test_what_did_not_change_is_not_written_again(shell: InteractiveShell, checkpointer: Checkpointer) -> None:
    run(shell, checkpointer, 1, "big = bytearray(10_000_000); small = [1]")
    assert checkpointer.written > 10_000_000
    before = checkpointer.written
    run(shell, checkpointer, 2, "small.append(2)")
    assert checkpointer.written - before < 100_000
    run(shell, checkpointer, 3, "big[5] = 1")
    assert checkpointer.written - before > 10_000_000


def test_a_manifest_is_the_same_after_a_journey_as_json(shell: InteractiveShell, checkpointer: Checkpointer) -> None:
    manifest = run(shell, checkpointer, 1, "import socket\nx = [1]; y = x\ndef f(): return x\ns = socket.socket()")
    assert manifest.unsaved["s"].reason == "a socket"
    assert Manifest.from_json(json.loads(json.dumps(manifest.to_json()))) == manifest


def test_what_shares_is_one_group_and_what_does_not_is_apart(
    shell: InteractiveShell, checkpointer: Checkpointer
) -> None:
    manifest = run(shell, checkpointer, 1, "x = [1]; y = {'x': x}; z = [1]; n = 5; t = 'text'")
    assert {("n", "t"), ("x", "y"), ("z",)} <= {group.names for group in manifest.groups}


def test_content_that_was_changed_on_disk_is_refused(
    shell: InteractiveShell, checkpointer: Checkpointer, tmp_path: Path
) -> None:
    manifest = run(shell, checkpointer, 1, "x = [1]")
    (group,) = [group for group in manifest.groups if group.names == ("x",)]
    blob = tmp_path / "blobs" / group.skeleton
    blob.write_bytes(blob.read_bytes() + b"more")
    with pytest.raises(DamagedCheckpoint, match="was changed on disk"):
        checkpointer.restore(manifest)
    blob.unlink()
    with pytest.raises(DamagedCheckpoint, match="cannot be read"):
        checkpointer.restore(manifest)


@pytest.mark.parametrize(("package", "version"), [("python", "3.2.1"), ("json", "1.0.0")])
def test_another_minor_version_is_refused_by_its_name(
    shell: InteractiveShell, checkpointer: Checkpointer, package: str, version: str
) -> None:
    manifest = run(shell, checkpointer, 1, "x = 1")
    then = replace(manifest, versions={**manifest.versions, package: version})
    with pytest.raises(NotResumable, match=rf"saved with {package} {version} \(now "):
        checkpointer.restore(then)
    assert shell.user_ns["x"] == 1


def test_another_version_of_what_only_a_restore_loads_is_refused_too(
    shell: InteractiveShell, checkpointer: Checkpointer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "na_prices.py"
    package.write_text("__version__ = '1.0.1'\ndef price(): pass\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    manifest = run(shell, checkpointer, 1, "from na_prices import price")
    # As in a kernel that has not loaded it yet; the second has not even got what was saved.
    for text in ("__version__ = '2.0.0'\ndef price(): pass\n", "__version__ = '2.0.0'  # without the function\n"):
        package.write_text(text)
        shutil.rmtree(tmp_path / "__pycache__", ignore_errors=True)
        monkeypatch.delitem(sys.modules, "na_prices")
        with pytest.raises(NotResumable, match=r"saved with na_prices 1.0.1 \(now 2.0.0\)"):
            checkpointer.restore(manifest)


def test_a_patch_of_a_package_does_not_matter(shell: InteractiveShell, checkpointer: Checkpointer) -> None:
    manifest = run(shell, checkpointer, 1, "x = 1")
    major, minor, patch = manifest.versions["python"].split(".")
    checkpointer.restore(replace(manifest, versions={"python": f"{major}.{minor}.{int(patch) + 1}"}))
    assert shell.user_ns["x"] == 1


def test_only_what_is_needed_is_kept(shell: InteractiveShell, checkpointer: Checkpointer, tmp_path: Path) -> None:
    run(shell, checkpointer, 1, "x = list(range(100))")
    manifest = run(shell, checkpointer, 2, "x = list(range(200))")
    checkpointer.keep_only([manifest])
    assert {file.name for file in (tmp_path / "blobs").iterdir()} == set(manifest.digests())
    checkpointer.restore(manifest)
    assert len(shell.user_ns["x"]) == 200


def test_what_is_not_touched_stays_one_object_after_a_restore(
    shell: InteractiveShell, checkpointer: Checkpointer
) -> None:
    run(shell, checkpointer, 1, "x = [1]")
    manifest = run(shell, checkpointer, 2, "y = [x, x]")
    run(shell, checkpointer, 3, "x.append(2); z = 1; del y")
    checkpointer.restore(manifest)
    assert shell.user_ns["y"] == [[1], [1]]
    assert shell.user_ns["y"][0] is shell.user_ns["x"]
    assert "z" not in shell.user_ns

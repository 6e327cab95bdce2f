"""Files that are read in place: a Python that writes to them gets its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from notebook_automation.domain.snapshots import Snapshot, SnapshotFile
from notebook_automation.execution.live_files import changed_live_files, live_states, protection


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path, Snapshot]:
    live, work = tmp_path / "live", tmp_path / "work"
    (live / "many" / "deep").mkdir(parents=True)
    for name in ("big.bin", "many/a.txt", "many/b.txt", "many/deep/c.txt", "other.db"):
        (live / name).write_text(name)
    work.mkdir()
    files = tuple(SnapshotFile(path=name, link=str(live / name)) for name in ("big.bin", "many", "other.db"))
    for file in files:
        (work / file.path).symlink_to(file.link or "")
    (work / "mine").symlink_to(live / "other.db")
    return live, work, Snapshot(id="snp_x", files=files)


def everything(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_text() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.mark.parametrize(
    ("code", "path", "content"),
    [
        ("open('big.bin', 'r+').write('BIG')", "big.bin", "BIG.bin"),
        ("open('big.bin', 'w').write('BIG')", "big.bin", "BIG"),
        ("open(b'big.bin', 'ab').write(b'!')", "big.bin", "big.bin!"),
        ("open('many/new.txt', 'w').write('x')", "many/new.txt", "x"),
        ("open('many/a.txt', 'a').write('!')", "many/a.txt", "many/a.txt!"),
        ("open('many/deep/c.txt', 'a').write('!')", "many/deep/c.txt", "many/deep/c.txt!"),
        ("os.mkdir('many/deep/n'); open('many/deep/n/x', 'w').write('x')", "many/deep/n/x", "x"),
        ("os.remove('many/a.txt')", "many/a.txt", None),
        ("os.rename('many/a.txt', 'many/z.txt')", "many/z.txt", "many/a.txt"),
        ("os.rename('many/a.txt', 'z.txt')", "z.txt", "many/a.txt"),
        ("os.replace('big.bin', 'many/b.txt')", "many/b.txt", "big.bin"),
        ("os.truncate('big.bin', 3)", "big.bin", "big"),
        ("os.chmod('big.bin', 0o600); os.utime('many/a.txt', (1, 1))", "many/a.txt", "many/a.txt"),
        ("pathlib.Path('many/deep/c.txt').unlink()", "many/deep/c.txt", None),
        ("shutil.copy('many/a.txt', 'many/deep/d.txt')", "many/deep/d.txt", "many/a.txt"),
        ("f = os.open('big.bin', os.O_WRONLY); os.write(f, b'BIG'); os.close(f)", "big.bin", "BIG.bin"),
        ("open(pathlib.Path('many').resolve() / 'a.txt').read()", "many/a.txt", "many/a.txt"),
    ],
)
def test_what_is_written_is_the_sessions_own(
    places: tuple[Path, Path, Snapshot], code: str, path: str, content: str | None
) -> None:
    live, work, snapshot = places
    before, states = everything(live), live_states(snapshot)
    program = f"import os, pathlib, shutil\n{protection(work, snapshot)}\n{code}"
    subprocess.run([sys.executable, "-c", program], cwd=work, check=True)
    assert everything(live) == before
    assert changed_live_files(snapshot, states) == []
    assert (work / path).read_text() == content if content is not None else not (work / path).exists()


def test_reading_copies_nothing_and_a_link_of_the_sessions_own_is_followed(places: tuple[Path, Path, Snapshot]) -> None:
    live, work, snapshot = places
    states = live_states(snapshot)
    program = f"{protection(work, snapshot)}\nopen('many/a.txt').read(); open('mine', 'w').write('written through it')"
    subprocess.run([sys.executable, "-c", program], cwd=work, check=True)
    assert (work / "many").is_symlink()
    assert (live / "other.db").read_text() == "written through it"
    assert changed_live_files(snapshot, states) == ["other.db"]
    assert protection(work, Snapshot(id="snp_x", files=(SnapshotFile(path="a", blob="x"),))) == ""

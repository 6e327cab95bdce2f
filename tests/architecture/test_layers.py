"""The contract of the layers holds, and the page that tells of it is true."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "notebook_automation"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "labextension" not in path.parts)


def test_the_contracts_of_the_layers_hold() -> None:
    # In a process of its own: it disables every logger that it finds.
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def contracted_layers() -> list[list[str]]:
    parser = configparser.ConfigParser()
    parser.read(ROOT / ".importlinter", encoding="utf-8")
    lines = parser["importlinter:contract:layers"]["layers"].strip().splitlines()
    return [[name.strip().removeprefix("notebook_automation.") for name in line.split("|")] for line in lines]


def described_layers() -> list[list[str]]:
    stack = re.search(r"^## Layers$.*?```\n(.+?)```", (ROOT / "ARCHITECTURE.md").read_text(), re.DOTALL | re.MULTILINE)
    assert stack is not None
    names = [re.split(r"\s{2,}", line)[0] for line in stack.group(1).strip().splitlines()]
    return [[re.sub(r"/$|\.py$", "", name.strip()) for name in line.split("|")] for line in names]


def test_the_architecture_page_shows_the_contracts_stack() -> None:
    assert described_layers() == contracted_layers()


def test_every_part_of_the_package_is_in_a_layer_or_beside_them() -> None:
    layered = {name for layer in contracted_layers() for name in layer}
    beside = {"sdk", "widgets", "forkserver", "checkpoints", "labextension", "__init__", "_version", "py.typed"}
    parts = {path.name.removesuffix(".py") for path in PACKAGE.iterdir() if not path.name.startswith("__pycache")}
    assert parts - layered - beside == set()
    assert layered - parts == set()


def test_the_architecture_page_is_one_page_and_names_files_that_are_there() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 80
    named = re.findall(
        r"`((?:domain|services|store|api|cli|engine|supervisor|runner|forkserver|execution)/\w+\.py)", text
    )
    assert named
    assert [name for name in named if not (PACKAGE / name).is_file()] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_says_its_job_and_stays_readable(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400, "a module of more than 400 lines is two things"
    assert ast.get_docstring(ast.parse(text)) or "/versions/" in str(path), "a module opens with one sentence"
    assert not re.search(r"(^|_)(utils?|helpers?|common|misc|manager)$", path.stem)
    assert not re.search(r"\b(TODO|FIXME|XXX)\b", text)


def test_test_modules_have_names_of_their_own() -> None:
    """pytest imports modules outside of packages by their bare names."""
    names = [path.name for path in (ROOT / "tests").rglob("test_*.py") if not (path.parent / "__init__.py").exists()]
    assert sorted({name for name in names if names.count(name) > 1}) == []

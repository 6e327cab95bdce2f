"""The oldest JupyterLab that is supported is the same wherever it is named."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FRONT_END = json.loads((ROOT / "labextension/package.json").read_text(encoding="utf-8"))


def test_the_oldest_jupyterlab_is_the_one_that_a_story_runs_in() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (needed,) = [line for line in project["dependencies"] if re.match(r"jupyterlab\b", line)]
    oldest = re.search(r"^OLDEST = (\d+\.\d+)\.\d+$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert oldest is not None
    assert needed == f"jupyterlab>={oldest[1]},<5"
    assert FRONT_END["dependencies"]["@jupyterlab/application"] == f"^{oldest[1]}.0"


def test_what_jupyterlab_shares_is_taken_in_the_versions_that_we_name() -> None:
    # The builder would ask for those of the JupyterLab that it builds with; each older one is then warned of.
    shared = {name: share["requiredVersion"] for name, share in FRONT_END["jupyterlab"]["sharedPackages"].items()}
    assert shared == FRONT_END["dependencies"]

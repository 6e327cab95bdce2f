"""A session's folder is for its user alone, and its kernel inherits what is allowed, nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from notebook_automation.adapters.blobs import FileBlobs
from notebook_automation.execution.workspaces import Workspaces, inherited, kernel_environment
from notebook_automation.settings import Settings


def test_a_session_s_folder_is_for_its_user_alone(tmp_path: Path) -> None:
    workspaces = Workspaces(FileBlobs(tmp_path / "blobs"), Settings(data_dir=str(tmp_path)))
    assert workspaces.make_session_folder("ses_x").stat().st_mode & 0o777 == 0o700


def test_a_kernel_inherits_only_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_SECRET_ACCESS_KEY", "JUPYTER_TOKEN", "JUPYTERHUB_API_TOKEN", "DATABASE_URL", "PATHS"):
        monkeypatch.setenv(name, "s3cr3t")
    monkeypatch.setenv("LC_TIME", "C")
    given = kernel_environment(Settings())
    assert "s3cr3t" not in given.values()
    assert (given["LC_TIME"], "PATH" in given) == ("C", True)


def test_an_allowed_name_may_end_in_a_star_and_nothing_else_is_a_pattern() -> None:
    environment = {"CUDA_HOME": "1", "CUDA": "2", "XCUDA_HOME": "3", "A.B": "4", "AXB": "5"}
    assert inherited(environment, ["CUDA_*", "A.B"]) == {"CUDA_HOME": "1", "A.B": "4"}
    assert inherited(environment, []) == {}

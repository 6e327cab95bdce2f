"""Kernels that are installed are found, in lower case."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from notebook_automation.adapters.kernels import InstalledKernels


def test_installed_kernels_are_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "kernels" / "Julia-1.9"
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps({"argv": ["julia"], "display_name": "Julia", "language": "julia"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    assert {"julia-1.9", "python3"} <= InstalledKernels().names()

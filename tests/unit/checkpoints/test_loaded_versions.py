"""The versions of loaded packages: as they are now, whenever they were loaded."""

from __future__ import annotations

import sys
import types

import pytest

from notebook_automation.checkpoints.loaded_versions import LoadedVersions


def test_packages_that_come_change_or_go_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    versions = LoadedVersions()
    assert versions.now()["python"].startswith(f"{sys.version_info[0]}.")
    package = types.ModuleType("some_package")
    package.__version__ = "1.2"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "some_package", package)
    monkeypatch.setitem(sys.modules, "some_package.part", package)
    assert versions.now()["some_package"] == "1.2"
    assert "some_package.part" not in versions.now()
    package.__version__ = "1.3"  # type: ignore[attr-defined]
    assert versions.now()["some_package"] == "1.3"
    monkeypatch.delitem(sys.modules, "some_package")
    assert "some_package" not in versions.now()

"""A report knows when what the server has imported from has changed."""

from __future__ import annotations

import os

from notebook_automation.forkserver import Report


def test_a_report_is_stale_once_a_watched_place_changes(tmp_path):
    place, missing = str(tmp_path), str(tmp_path / "missing")
    report = Report(1, "3", {}, {}, {}, {place: os.stat(place).st_mtime_ns, missing: 0})
    assert not report.is_stale()
    os.utime(place, ns=(1, 1))
    assert report.is_stale()


def test_a_report_is_stale_once_a_missing_place_is_there(tmp_path):
    missing = tmp_path / "missing"
    report = Report(1, "3", {}, {}, {}, {str(missing): 0})
    missing.mkdir()
    assert report.is_stale()

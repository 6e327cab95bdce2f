"""A disk that is full while a body comes is an answer, and no connection that breaks off."""

from __future__ import annotations

from typing import Any

import pytest
from serving import Server


class _Full:
    """A file on a disk without room: the kernel's own one, under the name of a temporary file."""

    def __init__(self, **_: Any) -> None:
        self._file = open("/dev/full", "wb", buffering=0)  # noqa: SIM115
        self.name = "/dev/full"

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def test_an_upload_on_a_full_disk_is_503_and_says_why(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("notebook_automation.api.uploads.tempfile.NamedTemporaryFile", _Full)
    server.notebook("sales/report.ipynb", "1")
    answer = server.api.post("artifacts?name=a.bin&notebook=sales/report.ipynb", content=b"x" * 300_000)
    assert (answer.status_code, answer.json()["code"]) == (503, "disk_full"), answer.text
    assert "full" in answer.json()["detail"]


def test_a_delivery_on_a_full_disk_is_503_and_not_accepted(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    url = server.trigger(name="full", type="webhook")["url"]
    monkeypatch.setattr("notebook_automation.api.bodies.tempfile.TemporaryFile", lambda **_: _Full())
    answer = server.stranger.post(url, content=b"x" * 300_000)
    assert (answer.status_code, answer.json()["code"]) == (503, "disk_full"), answer.text
    assert server.stranger.post(url, content=b"x").status_code == 202

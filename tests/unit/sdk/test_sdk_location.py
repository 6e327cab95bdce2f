"""Where the server is, and which notebook is open."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

import notebook_automation as na
from notebook_automation.sdk import location
from notebook_automation.sdk.errors import Invalid, NotConnected
from notebook_automation.sdk.notebook import notebook_path, project_name


def _runtime_file(url: str, root: Path, pid: int | None = None) -> None:
    folder = Path(os.environ["JUPYTER_RUNTIME_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    pid = pid or os.getpid()
    content = {"url": url + "/", "root_dir": str(root), "token": "tok", "pid": pid, "base_url": "/"}
    (folder / f"jpserver-{pid}.json").write_text(json.dumps(content), encoding="utf-8")


def test_without_any_server_it_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(NotConnected, match="open the notebook in JupyterLab"):
        location.find()
    for use in (
        lambda: na.artifact("x", "note"),
        lambda: na.start("report.ipynb"),
        lambda: na.emit("x", {}),
        lambda: na.var("X"),
        lambda: na.webhook_url("x"),
    ):
        with pytest.raises(NotConnected, match=r"No Jupyter server was found.*NOTEBOOK_AUTOMATION_URL"):
            use()
    with pytest.raises(AttributeError, match=r"no event in an open notebook.*--test"):
        na.event.data  # noqa: B018
    with pytest.raises(AttributeError, match="no session in an open notebook"):
        na.session.id  # noqa: B018


def test_the_server_that_started_this_kernel_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _runtime_file("http://127.0.0.1:8888/lab-base", tmp_path, pid=4242)
    monkeypatch.setenv("JPY_PARENT_PID", "4242")
    found = location.find()
    assert found.url == "http://127.0.0.1:8888/lab-base/notebook-automation/api/v1"
    assert (found.authorization, found.root) == ("token tok", tmp_path)


@pytest.mark.parametrize(
    "url",
    [
        "http://lab.example:8888/base/",
        "http://lab.example:8888/base/lab?token=tok",
        "lab.example:8888/base",
        "http://lab.example:8888/base/notebook-automation/api/v1",
    ],
)
def test_the_environment_names_a_server_as_the_command_line_does(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("NOTEBOOK_AUTOMATION_URL", url)
    if "token" not in url:
        monkeypatch.setenv("JUPYTER_TOKEN", "tok")
    found = location.find()
    assert found.url == "http://lab.example:8888/base/notebook-automation/api/v1"
    assert found.authorization == "token tok"


def test_a_script_finds_the_running_server_whose_root_is_nearest(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    inner = tmp_path / "work" / "deep"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    _runtime_file("http://127.0.0.1:1", tmp_path, pid=os.getppid())
    _runtime_file("http://127.0.0.1:2", tmp_path / "work")
    assert location.find().url.startswith("http://127.0.0.1:2/")
    monkeypatch.chdir(tmp_path)
    assert location.find().url.startswith("http://127.0.0.1:1/")


def test_outside_of_the_root_it_names_the_root(
    counterpart: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    root, outside = tmp_path / "root", tmp_path / "elsewhere"
    root.mkdir()
    outside.mkdir()
    monkeypatch.chdir(outside)
    _runtime_file(counterpart.url, root)
    with pytest.raises(NotConnected, match=rf"elsewhere lies outside of the Jupyter root {root} \(served at http"):
        na.var("X")
    monkeypatch.setenv("JPY_PARENT_PID", str(os.getpid()))
    with pytest.raises(Invalid, match=rf"elsewhere lies outside of the Jupyter root {root}:"):
        project_name()


def test_a_session_without_a_server_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NOTEBOOK_AUTOMATION_SESSION", "ses_1")
    with pytest.raises(NotConnected, match="runs without a server"):
        location.find()


def test_the_open_notebook_is_told_by_its_path_under_the_root(
    counterpart: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _runtime_file(counterpart.url, tmp_path)
    monkeypatch.setenv("JPY_PARENT_PID", str(os.getpid()))
    monkeypatch.setenv("JPY_SESSION_NAME", str(tmp_path / "sales" / "report.ipynb"))
    assert notebook_path() == "sales/report.ipynb"
    inspect = "/notebook-automation/api/v1/projects/inspect"
    counterpart.answers[("GET", inspect)] = (200, {"project": "sales"})
    assert project_name() == "sales"
    assert counterpart.requests[-1][1] == f"{inspect}?path=sales%2Freport.ipynb"
    monkeypatch.setenv("JPY_SESSION_NAME", "/elsewhere/report.ipynb")
    with pytest.raises(Invalid, match="lies outside of the Jupyter root"):
        notebook_path()
    monkeypatch.setenv("JPY_SESSION_NAME", "sales/by-api.ipynb")
    assert notebook_path() == "sales/by-api.ipynb"
    monkeypatch.delenv("JPY_SESSION_NAME")
    with pytest.raises(NotConnected, match="belongs to no notebook"):
        notebook_path()

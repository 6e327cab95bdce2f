"""Which server a command speaks with."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from notebook_automation.cli.server import found
from notebook_automation.sdk.errors import NotConnected
from notebook_automation.sdk.location import named

API = "http://localhost:8888/hub/notebook-automation/api/v1"


@pytest.mark.parametrize(
    "given",
    [
        "http://localhost:8888/hub",
        "http://localhost:8888/hub/",
        "http://localhost:8888/hub/lab?token=abc",
        "http://localhost:8888/hub/tree",
        "localhost:8888/hub",
        API,
    ],
)
def test_a_server_is_named_as_people_copy_its_address(given: str) -> None:
    place = named(given, None)
    assert place.url == API
    assert place.authorization == ("token abc" if "token=" in given else "token ")


def test_a_token_of_its_own_goes_before_that_of_the_address() -> None:
    assert named("http://localhost:8888/?token=abc", "mine").authorization == "token mine"


@pytest.fixture
def running(nowhere: Path) -> Callable[[str], None]:
    """Makes the runtime file of a server that runs, with its root in a folder below."""

    def make(root: str, pid: int | None = None) -> None:
        (nowhere / root).mkdir(parents=True, exist_ok=True)
        pid = os.getpid() if pid is None else pid
        told = {"url": f"http://localhost/{root}/", "token": f"of-{root}", "root_dir": str(nowhere / root), "pid": pid}
        (nowhere / "runtime" / f"jpserver-{root}.json").write_text(json.dumps(told))

    return make


def test_the_only_server_is_found_from_any_folder(running: Callable[[str], None]) -> None:
    running("one")
    assert found().url == "http://localhost/one/notebook-automation/api/v1"
    assert found().authorization == "token of-one"
    assert found("mine").authorization == "token mine"


def test_of_several_the_one_of_this_folder_is_meant(
    running: Callable[..., None], nowhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sleeper = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        running("one")
        running("two", sleeper.pid)
        with pytest.raises(NotConnected, match=r"lies outside of the root .*one.*two.*--url"):
            found()
        monkeypatch.chdir(nowhere / "two")
        assert found().authorization == "token of-two"
    finally:
        sleeper.communicate()


def test_the_file_of_a_server_that_is_gone_does_not_count(running: Callable[..., None]) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    running("one", gone.pid)
    with pytest.raises(NotConnected, match="No Jupyter server runs"):
        found()

"""Tab completion, asked of a real kernel as JupyterLab asks it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.manager import start_new_kernel

PROJECT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], list[str]]]:
    """What a kernel offers at the end of a line (the part after the cursor's word is cut off)."""
    folder: Path = tmp_path_factory.mktemp("kernel")
    manager, client = start_new_kernel(
        kernel_name="python3", cwd=str(folder), env={**os.environ, "PYTHONPATH": str(PROJECT)}
    )
    try:
        reply = client.execute_interactive("%load_ext notebook_automation", timeout=60)
        assert reply["content"]["status"] == "ok"

        def ask(line: str) -> list[str]:
            told: Any = client.complete(line, reply=True, timeout=60)["content"]
            assert told["status"] == "ok"
            return list(told["matches"])

        yield ask
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_commands_are_completed(complete: Callable[[str], list[str]]) -> None:
    commands = complete("%automation ")
    assert set(commands) >= {"list", "show", "run", "logs", "enable", "disable", "delete", "replay", "export", "status"}
    assert complete("%automation di") == ["disable"]
    assert complete("x = 1\n%automation exp") == ["export"]


def test_options_are_completed(complete: Callable[[str], list[str]]) -> None:
    assert complete("%trigger nightly --cr") == ["--cron"]
    assert complete("%%trigger orders --webhook --sy") == ["--sync", "--sync-time"]
    assert complete("%trigger orders --webhook --signature git") == ["github", "gitlab"]
    run = {"--help", "--wait", "--durable", "--skip-tags", "--priority", "--kernel", "--env", "--env-from", "--memory",
           "--sweep", "--zip", "--at-once"}  # fmt: skip
    assert set(complete("%automation run nightly --")) - {"-p"} == run
    assert complete("%%automation --d") == ["--dry-run"]


def test_values_are_completed(complete: Callable[[str], list[str]]) -> None:
    assert complete("%trigger nightly --cron x --tz Europe/Berl") == ["Europe/Berlin"]
    assert complete("%trigger nightly --every 1h --catch-up ") == ["all", "once", "skip"]
    assert complete("%automation list sess") == ["sessions"]


def test_a_server_that_is_not_there_does_not_stand_in_the_way(complete: Callable[[str], list[str]]) -> None:
    assert "TypeError" not in complete("%automation show nigh")
    assert "json" in complete("import jso")

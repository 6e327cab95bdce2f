"""Files are watched: what comes, changes and goes is told once, also what did while nobody looked."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from eventually import eventually

from notebook_automation.adapters import watched_folders
from notebook_automation.engine import file_watcher as module
from notebook_automation.engine.file_watcher import FileWatcher
from notebook_automation.services.credentials import Credentials
from notebook_automation.services.file_events import FileEvents
from notebook_automation.services.listeners import Listeners
from notebook_automation.services.matching import Matching
from notebook_automation.store import events

Start = Callable[[], Awaitable[FileEvents]]


@pytest.fixture
def server_url(database_url: str) -> str:
    return database_url


@pytest.fixture
async def running(server: Any) -> AsyncIterator[list[FileWatcher]]:
    started: list[FileWatcher] = []
    await server.changes.start()
    yield started
    for watcher in started:
        await watcher.stop()


@pytest.fixture
def stop(running: list[FileWatcher]) -> Callable[[], Awaitable[None]]:
    """Stops what watches files, as a server does that loses its lease."""

    async def stop_all() -> None:
        while running:
            await running.pop().stop()

    return stop_all


@pytest.fixture
def watch(server: Any, running: list[FileWatcher]) -> Start:
    """Starts what watches files, as a server does that has got the lease."""

    async def start() -> FileEvents:
        listeners = Listeners(server.filters, Credentials(server.projects.cipher))
        files = FileEvents(server.database, Matching(server.filters), listeners, queued=server.queued.extend)
        watcher = FileWatcher(files, poll=0.1)
        server.changes.on_change(watcher.changed)
        await watcher.start()
        running.append(watcher)
        if await files.watched():
            await eventually(lambda: watcher.is_listening or files.trouble is not None)
        return files

    return start


async def told(server: Any, trigger: Any, count: int) -> list[tuple[str, str]]:
    """Return (type, path) of a trigger's events once there are so many."""

    async def look() -> Any:
        found, _ = await server.database.read(
            lambda tx: events.listed(tx, limit=99, cursor=None, trigger_id=trigger.id)
        )
        return found if len(found) >= count else None

    found: Any = await eventually(look)
    return [(one.type, one.data["path"]) for one in reversed(found)]


def write(path: Path, text: str = "x") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


async def file_trigger(server: Any, name: str = "import", **files: Any) -> Any:
    given = {"paths": "data/*.csv", "on": ["created", "changed", "deleted"], "debounce": 0.1, **files}
    return await server.trigger(name, type="file", files=given, mapping={"region": "data.path"})


async def test_what_comes_changes_and_goes_is_told_with_its_path(server: Any, watch: Start) -> None:
    folder = server.root / "sales" / "data"
    write(folder / "before.csv")
    trigger = await file_trigger(server)
    await watch()
    write(folder / "a.csv")
    write(folder / "a.txt")
    write(folder / "deep" / "a.csv")
    assert await told(server, trigger, 1) == [("created", "data/a.csv")]
    write(folder / "a.csv", "longer")
    assert (await told(server, trigger, 2))[1:] == [("changed", "data/a.csv")]
    os.replace(folder / "a.csv", folder / "b.csv")
    assert sorted((await told(server, trigger, 4))[2:]) == [("created", "data/b.csv"), ("deleted", "data/a.csv")]
    assert len(server.queued) == 4


async def test_what_happened_while_nobody_looked_is_found_at_the_start(
    server: Any, watch: Start, stop: Callable[[], Awaitable[None]]
) -> None:
    folder = server.root / "sales" / "data"
    write(folder / "a.csv")
    write(folder / "b.csv")
    trigger = await file_trigger(server)
    await watch()
    write(folder / "c.csv")
    assert await told(server, trigger, 1) == [("created", "data/c.csv")]
    await stop()
    (folder / "a.csv").unlink()
    write(folder / "b.csv", "longer")
    await watch()
    assert sorted((await told(server, trigger, 3))[1:]) == [("changed", "data/b.csv"), ("deleted", "data/a.csv")]


async def test_a_folder_that_is_not_there_yet_is_watched_when_it_comes(server: Any, watch: Start) -> None:
    trigger = await file_trigger(server, paths=["in/**/*.csv"])
    await watch()
    other = server.root / "elsewhere"
    write(other / "x" / "a.csv")
    os.replace(other, server.root / "sales" / "in")
    assert await told(server, trigger, 1) == [("created", "in/x/a.csv")]
    write(server.root / "sales" / "in" / "y" / "b.csv")
    assert (await told(server, trigger, 2))[1:] == [("created", "in/y/b.csv")]


async def test_a_trigger_that_is_made_or_switched_on_begins_with_what_is_there(
    server: Any, watch: Start, ana: Any
) -> None:
    files = await watch()
    folder = server.root / "sales" / "data"
    write(folder / "a.csv")
    trigger = await file_trigger(server)

    async def begun() -> bool:
        found = await files.watched()
        return bool(found) and await files.seen(found[0]) is not None

    await eventually(begun)
    write(folder / "b.csv")
    assert await told(server, trigger, 1) == [("created", "data/b.csv")]
    await server.triggers.change(ana, trigger.id, {"enabled": False})

    async def forgotten() -> bool:
        return await files.watched() == []

    await eventually(forgotten)
    write(folder / "c.csv")
    await server.triggers.change(ana, trigger.id, {"enabled": True})
    await eventually(begun)
    write(folder / "d.csv")
    assert (await told(server, trigger, 2))[1:] == [("created", "data/d.csv")]


async def test_where_the_system_gives_no_word_it_is_looked_again_and_again(
    server: Any, watch: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refused(*folders: Any, **options: Any) -> AsyncIterator[set[str]]:
        raise watched_folders.NotWatched("OS file watch limit reached.")
        yield set()

    monkeypatch.setattr(module, "changed_paths", refused)
    trigger = await file_trigger(server)
    files = await watch()
    await eventually(lambda: files.trouble is not None)
    assert "fs.inotify.max_user_watches" in (files.trouble or "")
    write(server.root / "sales" / "data" / "a.csv")
    assert await told(server, trigger, 1) == [("created", "data/a.csv")]


async def test_a_file_that_is_still_written_is_told_once_it_is_quiet(server: Any, watch: Start) -> None:
    trigger = await file_trigger(server, debounce=0.5)
    await watch()
    path = server.root / "sales" / "data" / "a.csv"
    path.parent.mkdir(parents=True)
    with path.open("w") as file:
        for _ in range(20):
            file.write("row\n")
            file.flush()
    [(kind, _)] = await told(server, trigger, 1)
    found, _ = await server.database.read(lambda tx: events.listed(tx, limit=9, cursor=None, trigger_id=trigger.id))
    assert (kind, [one.data["size"] for one in found]) == ("created", [80])

"""Reads what several writers add, as somebody who follows it does."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Connection

from notebook_automation.store.database import Database


def followed_while_writing(
    open_database: Callable[[], Database], *, write: Callable[..., None], read: Callable[..., list[int]]
) -> list[int]:
    """Return what somebody sees who always asks for what came after the last, while four processes write."""
    writers = [open_database() for _ in range(4)]
    reader = open_database()
    seen = [0]

    def write_all(writer: Database) -> None:
        for _ in range(30):
            writer.write_now(write)

    def read_on(tx: Connection) -> list[int]:
        return read(tx, seen[-1])

    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(write_all, writer) for writer in writers]
        while True:
            over = all(one.done() for one in running)
            seen += reader.read_now(read_on)
            if over:
                break
    for one in running:
        one.result()
    return seen[1:]

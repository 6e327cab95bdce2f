"""The server that a command speaks with: named, or found as it runs on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from notebook_automation.sdk.client import Client
from notebook_automation.sdk.errors import NotConnected
from notebook_automation.sdk.location import Location, location_of, named, running_servers

PAGE = 200
"""Items asked for at a time."""

_START = "Start JupyterLab, or without it: jupyter automation serve."


def connect(url: str | None, token: str | None) -> Client:
    """Return the client for the server at ``url``, or for the one that runs on this machine.

    Raises NotConnected when none runs, or several and none of them for this folder.
    """
    return Client(named(url, token) if url else found(token), channel="cli")


def found(token: str | None = None) -> Location:
    """Return the location of the running server whose root is nearest above this folder, or of the only one."""
    servers = running_servers()
    if not servers:
        raise NotConnected(f"No Jupyter server runs on this machine. {_START} One elsewhere: --url and --token.")
    here = Path.cwd().resolve()
    above = [server for server in servers if here.is_relative_to(_root(server))]
    if above:
        chosen = max(above, key=lambda server: len(_root(server).parts))
    elif len(servers) == 1:
        chosen = servers[0]
    else:
        known = ", ".join(f"{server['url']} (in {server['root_dir']})" for server in servers)
        raise NotConnected(
            f"{here} lies outside of the root of each Jupyter server that runs here: {known}. "
            "Say which: --url, or go to its folder."
        )
    return location_of(chosen, token)


def items(client: Client, path: str, limit: int, **query: Any) -> Iterator[Any]:
    """Yield up to ``limit`` items of a list, page by page."""
    cursor: str | None = None
    while limit > 0:
        page = client.get(path, limit=min(limit, PAGE), cursor=cursor, **query)
        yield from page["items"]
        limit -= len(page["items"])
        cursor = page.get("next_cursor")
        if not cursor:
            return


def _root(server: dict[str, Any]) -> Path:
    return Path(str(server["root_dir"])).resolve()

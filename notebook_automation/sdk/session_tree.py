"""The tree of sessions that started each other, as a terminal and a notebook draw it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .client import Client, path_of

_PAGE = 200
MOST = 1000
"""Sessions of a tree that are drawn."""


@dataclass(frozen=True)
class Tree:
    """``root`` is the topmost session, ``below`` all that it and these started, oldest first; ``more`` are left out."""

    root: Mapping[str, Any]
    below: Sequence[Mapping[str, Any]]
    more: bool

    def lines(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Yield the sessions from top to bottom, each with the strokes that lead to it (`│  └─ `)."""
        ids = {self.root["id"], *(one["id"] for one in self.below)}
        children: dict[str, list[Mapping[str, Any]]] = {}
        for one in self.below:
            # One whose parent was deleted hangs below the topmost.
            parent = one["parent_id"] if one["parent_id"] in ids else self.root["id"]
            children.setdefault(parent, []).append(one)
        yield "", self.root
        # Not by recursion: what comes from a server may be deep.
        waiting = [("", one, last) for one, last in _lasts(children.get(self.root["id"], []))][::-1]
        while waiting:
            indent, one, last = waiting.pop()
            yield indent + ("└─ " if last else "├─ "), one
            deeper = indent + ("   " if last else "│  ")
            waiting += [(deeper, child, end) for child, end in _lasts(children.get(one["id"], []))][::-1]


def tree_of(client: Client, session: Mapping[str, Any]) -> Tree:
    """Return the whole tree that ``session`` is in. Raises Refused (``session_not_found``): its top was deleted."""
    root_id = session["root_id"] or session["id"]
    root = session if root_id == session["id"] else client.get(path_of("sessions", root_id))
    below: list[Mapping[str, Any]] = []
    cursor: str | None = None
    # The code of a session may list those of its own project.
    project = session["project"] if session["project_id"] else None
    while len(below) < MOST:
        page = client.get("sessions", root=root_id, project=project, order="asc", limit=_PAGE, cursor=cursor)
        below += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    return Tree(root, below, more=cursor is not None)


def _lasts(children: Sequence[Mapping[str, Any]]) -> list[tuple[Mapping[str, Any], bool]]:
    return [(one, number == len(children)) for number, one in enumerate(children, 1)]

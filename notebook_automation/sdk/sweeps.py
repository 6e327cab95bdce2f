"""`na.sweep`: run something once for each combination of parameters; the results joined, as a list and as a grid."""

from __future__ import annotations

import html
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from .backfills import progress_text
from .client import connect, path_of
from .errors import Invalid, NotEnded, for_people
from .notebook import home
from .records import Record

_OVER = ("completed", "failed", "cancelled")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0
"""Seconds between two polls of a sweep that is waited for: they grow from the first to the longest."""
_PAGE = 1000


class Sweep:
    """Sessions that were started for combinations of parameters; ``id`` and ``state``, and every other field."""

    def __init__(self, record: Record) -> None:
        self._record = record

    @property
    def id(self) -> str:
        """Its id, ``grp_…``."""
        return str(self._record["id"])

    @property
    def state(self) -> str:
        """How it stands now: running, canceling, completed, failed or cancelled; asked anew until it is over."""
        return str(self.refresh()._record["state"])

    def refresh(self) -> Sweep:
        """Ask the server how far it is, unless it is over."""
        if self._record["state"] not in _OVER:
            self._record = connect().get(path_of("session-groups", self.id))
        return self

    def wait(self, timeout: float | None = None) -> Sweep:
        """Wait until all has ended, ``timeout`` seconds at most, and return this sweep. Raises NotEnded."""
        deadline = None if timeout is None else time.monotonic() + timeout
        pause = _FIRST_PAUSE
        while self.state not in _OVER:
            left = _LONGEST_PAUSE if deadline is None else deadline - time.monotonic()
            if left <= 0:
                raise NotEnded(f"Sweep {self.id} is not over after {timeout} seconds: wait() again, or cancel() it.")
            time.sleep(min(pause, left))
            pause = min(pause * 1.5, _LONGEST_PAUSE)
        return self

    def results(self, timeout: float | None = None) -> list[dict[str, Any]]:
        """Wait for the end; return for each combination its parameters, status, result and session, in order."""
        self.wait(timeout)
        return [
            {name: one[name] for name in ("parameters", "status", "result", "session")} for one in results_of(self.id)
        ]

    def cancel(self, *, stop: bool = False) -> Sweep:
        """Let no further session begin; what runs is left to finish unless it is to ``stop``."""
        body = {"running": "stop" if stop else "finish"}
        self._record = connect().post(path_of("session-groups", self.id, "cancel"), body)
        return self

    def retry(self) -> Sweep:
        """Run again what has not completed, as a sweep of its own, and return that. Raises Refused."""
        return type(self)(connect().post(path_of("session-groups", self.id, "retry")))

    def to_dict(self) -> dict[str, Any]:
        """Return everything that the server last said of it."""
        return self._record.to_dict()

    def __repr__(self) -> str:
        return f"<sweep {self.id} of {self._record['call']}: {self._record['state']}, {progress_text(self._record)}>"

    def _repr_html_(self) -> str:
        self.refresh()
        return grid_html(self._record, results_of(self.id))


@for_people
def sweep(
    call: str,
    parameters: Mapping[str, Any] | None = None,
    /,
    *,
    at_once: int = 2,
    zip: bool = False,
    **more: Any,
) -> Sweep:
    """Start ``call`` (`report.ipynb`, `report.ipynb:handler`, `program.py:function`) once for each combination.

    A parameter that is a list is swept over, any other has the same value in all sessions; a list that is itself a
    value is put into another one. ``zip`` takes the first values of all lists together, then the second ones, and so
    on. ``at_once`` run side by side. Returns the sweep without waiting for it: ``.results()`` waits. Raises Invalid,
    Refused.
    """
    body = {"call": call, "at_once": at_once, "zip": zip, **split_axes({**(parameters or {}), **more})}
    return Sweep(connect().post("sweeps", {**home(), **body}))


def split_axes(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``sweep``, the parameters that are lists, and ``parameters``, all others. Raises Invalid."""
    axes = {name: list(value) for name, value in parameters.items() if isinstance(value, list | tuple | range)}
    if not axes:
        raise Invalid("A sweep needs a parameter with a list of values, such as region=[emea,apac].")
    return {"sweep": axes, "parameters": {name: one for name, one in parameters.items() if name not in axes}}


def results_of(group_id: str) -> list[Any]:
    """Return what came of each combination so far."""
    found: list[Any] = []
    after: dict[str, Any] = {}
    while True:
        page = connect().get(path_of("session-groups", group_id, "results"), limit=_PAGE, **after)
        found += page["items"]
        if page["next_cursor"] is None:
            return found
        after = {"after": page["next_cursor"]}


def grid(group: Mapping[str, Any], results: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[list[str]]]:
    """Return headings and rows: of two parameters a grid of both, else a row for each combination."""
    axes: Mapping[str, Sequence[Any]] = group["asked"].get("sweep", {})
    if len(axes) != 2 or group["asked"].get("zip"):
        head = [*axes, "status", "result", "session"]
        return head, [[*_values(one, axes), state_of(one), _result(one), one["session"] or ""] for one in results]
    (down, values_down), (across, values_across) = axes.items()
    cells = {(text_of(one["parameters"].get(down)), text_of(one["parameters"].get(across))): one for one in results}
    rows = [
        [row, *(_cell(cells.get((row, column))) for column in map(text_of, values_across))]
        for row in dict.fromkeys(map(text_of, values_down))
    ]
    return [f"{down} \\ {across}", *map(text_of, values_across)], rows


def grid_html(group: Mapping[str, Any], results: Sequence[Mapping[str, Any]]) -> str:
    """Return the grid as a table, with how far it is."""
    head, rows = grid(group, results)
    cells = "".join(f"<th scope='col'>{html.escape(text)}</th>" for text in head)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(text)}</td>" for text in row) + "</tr>" for row in rows)
    title = f"{group['call']} {group['state']}: {progress_text(group)}"
    return f"<table><caption>{html.escape(title)}</caption><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"


def state_of(one: Mapping[str, Any]) -> str:
    """Return how a combination stands: its session's status, or why it has none."""
    return str(one["status"] or {"waiting": "to come"}.get(one["state"], one["state"]))


def text_of(value: Any) -> str:
    """Return a parameter's value for people."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _values(one: Mapping[str, Any], axes: Mapping[str, Any]) -> list[str]:
    return [text_of(one["parameters"].get(name)) for name in axes]


def _cell(one: Mapping[str, Any] | None) -> str:
    if one is None:
        return ""
    result = _result(one)
    return f"{state_of(one)}: {result}" if result else state_of(one)


def _result(one: Mapping[str, Any]) -> str:
    return "" if one["result"] is None else text_of(one["result"])

"""``show=`` of `na.inquire`: what is to be seen by whoever answers is rendered, and sent before it is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from . import location
from .artifacts import Artifact
from .client import Client, connect, path_of
from .errors import Invalid, NotConnected
from .records import Record
from .shown_forms import check_size, form_of

MOST = 50
"""Things that one inquiry shows."""


class _NotebookSoFar:
    """``show=na.notebook_so_far``: the notebook up to the cell that asks. The server shows it with every inquiry."""

    def __repr__(self) -> str:
        return "notebook_so_far"


notebook_so_far = _NotebookSoFar()


def upload(show: Any) -> list[dict[str, Any]]:
    """Send what ``show`` names, and return how an inquiry refers to each: name, kind, media_type, digest, size.

    ``show`` is one thing, a list of them, or a dict of them by name: a figure, a table, anything that a notebook can
    display, text, the ``pathlib.Path`` of a file, an artifact. Later changes of them do not change what is shown.
    Raises Invalid (``shown_invalid``, ``shown_too_large``), Refused, NotConnected.
    """
    things = [(name, thing) for name, thing in _named(show) if not isinstance(thing, _NotebookSoFar)]
    if len(things) > MOST:
        raise Invalid(f"An inquiry shows at most {MOST} things, not {len(things)}.", code="shown_too_many")
    session_id = location.session_id()
    if session_id is None:
        raise NotConnected("Only a session shows something to whoever answers: run the notebook as one.")
    client, path = connect(), path_of("sessions", session_id, "shown")
    taken: Counter[str] = Counter()
    return [ref for name, thing in things for ref in _sent(client, path, name, thing, taken)]


def _named(show: Any) -> Iterable[tuple[str | None, Any]]:
    if show is None:
        return []
    if isinstance(show, Mapping) and not isinstance(show, Record):
        return [(str(name), thing) for name, thing in show.items()]
    return [(None, thing) for thing in show] if isinstance(show, list | tuple) else [(None, show)]


def _sent(client: Client, path: str, name: str | None, thing: Any, taken: Counter[str]) -> list[dict[str, Any]]:
    artifact_id = _artifact_id(thing)
    if artifact_id is not None:
        # The server has it already.
        return [_ref(client.call("POST", path, query={"name": name, "artifact": artifact_id}, body=b""))]
    form = form_of(thing)
    shown_as = name or form.what
    taken[shown_as] += 1
    if taken[shown_as] > 1:
        shown_as = f"{shown_as} {taken[shown_as]}"
    sent = [_ref(_post(client, path, shown_as, form.media_type, form.body))]
    if form.text is not None:
        sent.append(_ref(_post(client, path, shown_as, "text/plain", form.text.encode("utf-8", "replace"), True)))
    return sent


def _post(client: Client, path: str, name: str, media_type: str, body: bytes, alternative: bool | None = None) -> Any:
    check_size(name, len(body))
    query = {"name": name[:255], "media_type": media_type, "alternative": alternative}
    return client.call("POST", path, query=query, body=body, content_type="application/octet-stream")


def _artifact_id(thing: Any) -> str | None:
    """Return the id of an artifact, as `na.artifact` returns it or as the server tells of one."""
    if isinstance(thing, Artifact):
        return str(thing.id)
    known = thing.get("id") if isinstance(thing, Record) else None
    return known if isinstance(known, str) and known.startswith("art_") else None


def _ref(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {key: answer[key] for key in ("name", "kind", "media_type", "digest", "size")}

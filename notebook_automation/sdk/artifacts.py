"""`na.artifact`: keep a table, figure, image, text, JSON, file or address that this run made."""

from __future__ import annotations

import html
from typing import Any
from urllib.parse import urljoin

from . import location
from .artifact_file import ArtifactFile
from .artifact_values import artifact_file, named_file
from .client import connect
from .encoding import to_json
from .errors import Refused, for_people
from .notebook import notebook_path
from .records import Record
from .sizes import size_text


class Artifact:
    """What was kept. ``id``, ``name``, ``version``, ``size`` (bytes), ``type``, ``media_type``, ``url``."""

    def __init__(self, stored: Record, url: str) -> None:
        self._stored = stored
        self.url = url

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._stored, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._stored})

    def to_dict(self) -> dict[str, Any]:
        """Return everything that the server says of it."""
        return self._stored.to_dict()

    def __repr__(self) -> str:
        return f"<artifact {self._stored['name']}, version {self._stored['version']}, {self._size()}: {self.url}>"

    def _repr_html_(self) -> str:
        name, link = html.escape(str(self._stored["name"])), html.escape(self._link())
        about = html.escape(f"version {self._stored['version']}, {self._size()}{self._shape()}")
        return (
            f'<a href="{link}" target="_blank" rel="noopener">{name}</a> '
            f'<span style="color: var(--jp-ui-font-color2, #666)">{about}</span>'
        )

    def _link(self) -> str:
        """Return what a browser opens: by its path, since it may reach the server under another name than we do."""
        return str(self._stored.get("url") or self._stored.get("content_url") or self.url)

    def _size(self) -> str:
        return size_text(int(self._stored.get("size") or 0))

    def _shape(self) -> str:
        meta = self._stored.get("meta") or {}
        return f", {meta['rows']:,} rows × {meta['columns']:,} columns" if "rows" in meta and "columns" in meta else ""


@for_people
def artifact(
    value: Any,
    name: str | None = None,
    *,
    type: str | None = None,
    keep: str | None = None,
    description: str | None = None,
) -> Artifact:
    """Keep ``value`` as an artifact of this session (in an open notebook: of this notebook, by hand).

    A DataFrame becomes CSV, a figure PNG, a Plotly figure a page, text, HTML and JSON files of their kind, a
    ``pathlib.Path`` that file, an address (``"https://…"``) a link; a suffix in ``name`` chooses another format
    (``"sales.parquet"``, ``"trend.svg"``). A file's path alone is enough: ``na.artifact("out/chart.png")``.
    The same name again makes the next version. ``type`` is one of file_binary, file_datatable, file_image,
    file_text, url, progress, other; ``keep`` says for how long (``"30 days"``, ``"5 versions"``).
    Raises Invalid for what cannot be kept, Refused (``too_large``) over the server's limit, NotConnected.
    """
    if name is None:
        value, name = named_file(value)
    file = artifact_file(value, name, type)
    try:
        return _send(file, keep, description)
    finally:
        file.close()


def _send(file: ArtifactFile, keep: str | None, description: str | None) -> Artifact:
    client = connect()
    meta = {**file.meta, **({"description": description} if description else {})}
    owner = {"session": location.session_id()} if location.session_id() else {"notebook": notebook_path()}
    query = {
        **owner,
        "name": file.name,
        "type": file.type,
        "media_type": file.media_type,
        "keep": keep,
        "meta": to_json(meta) if meta else None,
    }
    content: dict[str, Any] = {"body": file.body, "length": file.size, "content_type": file.media_type}
    if file.type == "url" and isinstance(file.body, bytes):
        query["url"], content = file.body.decode(), {}
    try:
        stored = client.call("POST", "artifacts", query=query, **content)
    except Refused as refused:
        if refused.status != 413:
            raise
        raise Refused(
            f"{file.name} is {size_text(file.size)}. {refused.message}",
            status=refused.status,
            code=refused.code,
            details=refused.details,
        ) from None
    address = stored.get("url") or stored.get("content_url") or f"{client.place.url}/artifacts/{stored['id']}/content"
    return Artifact(stored, urljoin(client.place.url + "/", str(address)))

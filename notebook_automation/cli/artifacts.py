"""`artifact list|get`: what sessions made."""

from __future__ import annotations

import http.client
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import click

from notebook_automation.sdk.client import Client, path_of
from notebook_automation.sdk.errors import Invalid, Missing, NotConnected, Refused
from notebook_automation.sdk.sizes import size_text
from notebook_automation.sdk.times import ago
from notebook_automation.sdk.transport import open_connection

from .options import json_option, limit_option, print_json, server_options
from .server import connect, items
from .tables import print_table

_SECONDS = 60.0
"""For connecting, and for each read of a download."""


@click.group(short_help="What sessions made: list, get.")
def artifact() -> None:
    """What sessions made."""


@artifact.command("list")
@click.option("--session", metavar="ID", help="Only this session's.")
@click.option("--trigger", metavar="PROJECT/NAME", help="Only those of this trigger's sessions.")
@click.option("--project", metavar="NAME", help="Only this project's.")
@click.option("--type", "kind", metavar="TYPE", help="Only of this type: file_datatable, file_image, …")
@click.option("--name", metavar="NAME", help="Only of this name: sales.csv")
@limit_option
@server_options
@json_option
def list_artifacts(
    url: str | None, token: str | None, as_json: bool, limit: int, session: str | None, trigger: str | None,
    project: str | None, kind: str | None, name: str | None,
) -> None:  # fmt: skip
    """List artifacts, the newest first."""
    query = {"session": session, "trigger": trigger, "project": project, "type": kind, "name": name}
    found = list(items(connect(url, token), "artifacts", limit, **query))
    if as_json:
        print_json({"items": found})
        return
    rows = [
        (
            one["id"],
            one["name"],
            one["version"],
            one["type"],
            size_text(one["size"]),
            ago(one["created_at"]),
            one["trigger"] or one["project"],
        )
        for one in found
    ]
    columns = ("ID", "NAME", "VERSION", "TYPE", "SIZE", "MADE", "BY")
    print_table(columns, rows, empty="There are no such artifacts. A notebook keeps one with na.artifact(df, 'sales').")


@artifact.command("get")
@click.argument("key", metavar="ID|REF")
@click.option("-o", "--output", metavar="FILE|-", help="Where to write it: a file, a folder, or - for the terminal.")
@click.option("--version", type=int, metavar="N", help="Of a ref: this version, else the newest.")
@server_options
@json_option
def get_artifact(
    url: str | None, token: str | None, as_json: bool, key: str, output: str | None, version: int | None
) -> None:
    """Save an artifact as a file: by its id, or the newest of a ref (project/trigger/name)."""
    client = connect(url, token)
    found = _one(client, key, version)
    if not found["content_url"]:
        raise Invalid(
            f"{found['name']} is a link, which has no content to save: open {found['url']}", code="no_content"
        )
    if output == "-":
        with click.open_file("-", "wb") as stream:
            _receive(client, found, stream)
        return
    file = Path(output or found["name"])
    if file.is_dir():
        file = file / found["name"]
    download(client, found, file)
    if as_json:
        print_json({**found, "file": str(file)})
    else:
        click.echo(f"Wrote {file} ({size_text(found['size'])}, version {found['version']}).", err=True)


def download(client: Client, artifact: Mapping[str, Any], file: Path) -> None:
    """Write an artifact's content to ``file``, which is there whole or not at all.

    Raises Invalid where it cannot be written, Refused, NotConnected.
    """
    with whole_file(file) as stream:
        _receive(client, artifact, stream)


@contextmanager
def whole_file(file: Path) -> Iterator[IO[bytes]]:
    """Open ``file`` to be written by the block: it is there whole at its end, or not at all.

    Raises Invalid (``file_unwritable``).
    """
    partial = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("xb") as stream:
            yield stream
        os.replace(partial, file)
    except OSError as error:
        raise Invalid(
            f"The file {file} could not be written: {error.strerror}. Name another: --output FILE.",
            code="file_unwritable",
        ) from error
    finally:
        partial.unlink(missing_ok=True)


def _one(client: Client, key: str, version: int | None) -> Any:
    if key.startswith("art_"):
        return client.get(path_of("artifacts", key))
    found = client.get("artifacts", ref=key, limit=200 if version else 1)["items"]
    chosen = next((one for one in found if version in (None, one["version"])), None)
    if chosen is None:
        which = f"no version {version} of" if found else "no artifact"
        raise Missing(f"There is {which} {key!r}: jupyter automation artifact list shows what there is.")
    return chosen


def _receive(client: Client, artifact: Mapping[str, Any], stream: IO[bytes]) -> None:
    """Write the content to ``stream`` as it comes: it may be larger than the memory."""
    place = client.place
    address = urlsplit(place.url)
    connection, prefix = open_connection(address, timeout=_SECONDS)
    path = f"{address.path}/{path_of('artifacts', artifact['id'], 'content')}?download=1"
    try:
        connection.request("GET", prefix + path, headers={"Authorization": place.authorization})
        answer = connection.getresponse()
        if answer.status != 200:
            raise Refused(f"The server answered with status {answer.status} for the content of {artifact['name']}.",
                          status=answer.status, code=f"http_{answer.status}")  # fmt: skip
        shutil.copyfileobj(answer, stream)
    except (http.client.HTTPException, ConnectionError, TimeoutError) as error:
        raise NotConnected(f"The server at {place.url} broke off: {error}.") from error
    finally:
        connection.close()

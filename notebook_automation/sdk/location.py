"""Where the server is: by the environment in a session, by Jupyter's runtime files in an open notebook."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit, urlunsplit

from .errors import NotConnected

API_PATH = "notebook-automation/api/v1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A server that was found.

    ``url`` is the address of our REST, without a slash at its end. ``server_url`` is the Jupyter server's own and
    ``root`` its root folder, both None in a session, where only our REST may be used. ``authorization`` is the
    header's value.
    """

    url: str
    authorization: str
    server_url: str | None = None
    root: Path | None = None


def session_id() -> str | None:
    """Return the id of the session that this kernel runs, or None in an open notebook."""
    return os.environ.get("NOTEBOOK_AUTOMATION_SESSION") or None


def find() -> Location:
    """Return where the server is.

    Raises NotConnected when there is neither a session's environment nor a running Jupyter server.
    """
    url, token = os.environ.get("NOTEBOOK_AUTOMATION_URL"), os.environ.get("NOTEBOOK_AUTOMATION_TOKEN", "")
    if url and (session_id() or token.startswith("nas_")):
        return Location(url=url.rstrip("/"), authorization=_authorization(token))
    if url:
        return named(url, token or os.environ.get("JUPYTER_TOKEN"))
    if session_id():
        raise NotConnected(
            "This session runs without a server, so there is nothing to talk to: start it from JupyterLab, or "
            "with 'jupyter automation serve' running."
        )
    server = _parent_server() or _server_of_folder()
    if server is None:
        raise NotConnected(_why_none())
    return location_of(server)


def named(url: str, token: str | None) -> Location:
    """Return the location of the server at ``url``: a Jupyter server's address as it prints it, or our REST's."""
    parts = urlsplit(url if "//" in url else f"http://{url}")
    token = token or parse_qs(parts.query).get("token", [""])[0]
    path = parts.path.rstrip("/")
    for page in ("/lab", "/tree"):
        path = path.removesuffix(page)
    server_path = path.removesuffix(f"/{API_PATH}")
    base = urlunsplit((parts.scheme, parts.netloc, f"{server_path}/", "", ""))
    return Location(url=base + API_PATH, authorization=_authorization(token), server_url=base)


def location_of(server: Mapping[str, Any], token: str | None = None) -> Location:
    """Return the location of the server that a runtime file describes; ``token`` instead of the file's.

    Raises NotConnected for one on a Unix socket whose place it does not tell.
    """
    base = str(server["url"])
    if server.get("sock"):
        if not os.path.isabs(str(server["sock"])):
            raise NotConnected(
                "The Jupyter server listens on a Unix socket that it names by a relative path: start it with the whole "
                "path (--sock=/run/…), or set NOTEBOOK_AUTOMATION_URL."
            )
        base = f"http+unix://{quote(str(server['sock']), safe='')}{server.get('base_url') or '/'}"
    base = base if base.endswith("/") else base + "/"
    return Location(
        url=base + API_PATH,
        authorization=_authorization(token or str(server.get("token") or os.environ.get("JUPYTER_TOKEN", ""))),
        server_url=base,
        root=Path(str(server["root_dir"])),
    )


def running_servers() -> list[dict[str, Any]]:
    """Return what the runtime files say of the Jupyter servers that run on this machine."""
    found: dict[int, dict[str, Any]] = {}
    for folder in _runtime_folders():
        for file in sorted(folder.glob("jpserver-*.json")):
            server = _read(file)
            if server is not None and _is_alive(pid := int(server.get("pid", 0))):
                found.setdefault(pid, server)
    return list(found.values())


def connection_file() -> Path | None:
    """Return the connection file of this kernel, or None where Python runs in no kernel."""
    kernelapp = sys.modules.get("ipykernel.kernelapp")
    if kernelapp is None or not kernelapp.IPKernelApp.initialized():
        return None
    return Path(kernelapp.IPKernelApp.instance().abs_connection_file)


def _authorization(token: str) -> str:
    # A session's own token is no Jupyter token and travels by another scheme.
    return f"Bearer {token}" if token.startswith("nas_") else f"token {token}"


def _parent_server() -> dict[str, Any] | None:
    """Return the runtime file of the server that started this kernel."""
    parent = os.environ.get("JPY_PARENT_PID")
    if not parent:
        return None
    for folder in _runtime_folders():
        server = _read(folder / f"jpserver-{parent}.json")
        if server is not None:
            return server
    return None


def _server_of_folder() -> dict[str, Any] | None:
    """Return the running server with the deepest root above this folder: for editors with kernels of their own."""
    here = Path.cwd().resolve()
    found = [
        (len(root.parts), server)
        for server in running_servers()
        if here.is_relative_to(root := Path(str(server["root_dir"])).resolve())
    ]
    return max(found, key=lambda entry: entry[0])[1] if found else None


def _why_none() -> str:
    named = "set NOTEBOOK_AUTOMATION_URL and NOTEBOOK_AUTOMATION_TOKEN."
    running = running_servers()
    if not running:
        return f"No Jupyter server was found for this Python: open the notebook in JupyterLab, or {named}"
    roots = " and of ".join(f"{server['root_dir']} (served at {server['url']})" for server in running)
    return (
        f"{Path.cwd()} lies outside of the Jupyter root {roots}: move the file below it, start Jupyter above it, "
        f"or {named}"
    )


def _runtime_folders() -> Iterator[Path]:
    """Yield where Jupyter keeps its runtime files: beside this kernel's connection file, then the usual places."""
    file = connection_file()
    if file is not None:
        yield file.parent
    if os.environ.get("JUPYTER_RUNTIME_DIR"):
        yield Path(os.environ["JUPYTER_RUNTIME_DIR"])
    elif os.environ.get("JUPYTER_DATA_DIR"):
        yield Path(os.environ["JUPYTER_DATA_DIR"]) / "runtime"
    elif sys.platform == "darwin":
        yield Path.home() / "Library" / "Jupyter" / "runtime"
    elif os.name == "nt":
        yield Path(os.environ.get("APPDATA", Path.home())) / "jupyter" / "runtime"
    else:
        data = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
        yield Path(data) / "jupyter" / "runtime"


def _read(file: Path) -> dict[str, Any] | None:
    try:
        server = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return server if isinstance(server, dict) and "url" in server and "root_dir" in server else None


def _is_alive(pid: int) -> bool:
    if pid <= 0:
        return False
    if os.name == "nt":
        # Signal 0 would end the process there; the connection itself will tell.
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True

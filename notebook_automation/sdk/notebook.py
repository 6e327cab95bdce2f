"""Which notebook is open in this kernel, and which project it belongs to."""

from __future__ import annotations

import os
import sys
from pathlib import Path, PurePosixPath

from . import context, location
from .client import Client, connect
from .errors import Invalid, NotConnected, Refused


def notebook_path() -> str:
    """Return the path under the Jupyter root of the notebook that is open in this kernel.

    Raises NotConnected when this kernel belongs to no notebook.
    """
    client = connect()
    found = _from_server(client) or _from_environment(client)
    if found is None:
        raise NotConnected("This kernel belongs to no notebook file: open a notebook in JupyterLab and run this there.")
    return found


def project_name() -> str:
    """Return the name of the project of this session, or of the notebook that is open in this kernel.

    Raises NotConnected where there is neither, and Invalid (``outside_root``) outside of what the server serves.
    """
    if location.session_id():
        return str(context.current().session["project"])
    try:
        path = notebook_path()
    except NotConnected:
        # A script, a console: the folder it stands in says which project is meant.
        root = connect().place.root
        here = Path.cwd().resolve()
        if root is None:
            raise
        if not here.is_relative_to(root.resolve()):
            raise _outside(here, root) from None
        path = here.relative_to(root.resolve()).as_posix()
        path = "" if path == "." else path
    return str(connect().get("projects/inspect", path=path)["project"])


def home() -> dict[str, str]:
    """Return what names this project in a request: ``project``, or ``notebook``, whose folder is or becomes one."""
    if location.session_id():
        return {"project": project_name()}
    try:
        return {"notebook": notebook_path()}
    except NotConnected:
        return {"project": project_name()}


def _from_server(client: Client) -> str | None:
    """Ask the server, which knows of renames that happened after this kernel started."""
    file = location.connection_file()
    if file is None or client.place.server_url is None:
        return None
    kernel_id = file.stem.removeprefix("kernel-")
    try:
        sessions = client.call("GET", "api/sessions", base=client.place.server_url)
    except Refused:
        return None
    for session in sessions or []:
        if session["kernel"] and session["kernel"]["id"] == kernel_id and session["type"] == "notebook":
            # Real-time collaboration names its drive in front of the path.
            return str(session["path"]).removeprefix("RTC:")
    return None


def _from_environment(client: Client) -> str | None:
    name = os.environ.get("JPY_SESSION_NAME") or _editor_file()
    if not name or not name.lower().endswith(".ipynb"):
        return None
    root = client.place.root
    if not Path(name).is_absolute() or root is None:
        return PurePosixPath(name).as_posix()
    file = Path(name).resolve()
    if not file.is_relative_to(root.resolve()):
        raise _outside(name, root)
    return file.relative_to(root.resolve()).as_posix()


def _outside(what: str | Path, root: Path) -> Invalid:
    return Invalid(
        f"{what} lies outside of the Jupyter root {root}: move it below that, or start Jupyter above it.",
        code="outside_root",
    )


def _editor_file() -> str | None:
    """Return what VS Code tells a kernel about its notebook."""
    value = getattr(sys.modules.get("__main__"), "__vsc_ipynb_file__", None)
    return value if isinstance(value, str) else None

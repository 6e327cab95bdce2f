"""Sessions by the names that a person gives, and new ones as they are told of."""

from __future__ import annotations

from typing import Any

from notebook_automation.sdk.client import Client, path_of
from notebook_automation.sdk.errors import Missing

from .named_triggers import resolve
from .options import print_json
from .tables import print_table


def find_session(client: Client, name: str) -> Any:
    """Return the session that a person means by ``name``. Raises Missing, Refused (``session_not_found``)."""
    if name.startswith("ses_"):
        return client.get(path_of("sessions", name))
    query = {} if name == "last" else {"trigger": resolve(client, name)["ref"]}
    found = client.get("sessions", limit=1, **query)["items"]
    if not found:
        which = "yet" if name == "last" else f"of {name} yet"
        raise Missing(f"There is no session {which}: jupyter automation trigger fire starts one.")
    return found[0]


def print_states(sessions: list[Any], *, as_json: bool) -> None:
    if as_json:
        print_json({"items": sessions})
        return
    print_table(("ID", "STATUS", "CALL"), [(one["id"], one["status"], one["call"]) for one in sessions], empty="")

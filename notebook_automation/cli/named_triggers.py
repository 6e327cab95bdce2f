"""Triggers as people name them at a shell."""

from __future__ import annotations

from typing import Any

from notebook_automation.sdk.client import Client, path_of
from notebook_automation.sdk.errors import Invalid, Missing

from .server import PAGE, items

HELP = "TRIGGER is project/name, an id (trg_…), or a name that only one project has."


def resolve(client: Client, name: str) -> Any:
    """Return the trigger that a person means by ``name``. Raises Missing, Invalid where several are called so."""
    if name.startswith("trg_"):
        return client.get(path_of("triggers", name))
    project, separator, last = name.rpartition("/")
    if separator:
        return client.get(path_of("triggers", project, last))
    found = [one for one in items(client, "triggers", PAGE, q=name) if one["name"] == name]
    if not found:
        raise Missing(f"There is no trigger {name!r}: jupyter automation trigger list shows what there is.")
    if len(found) > 1:
        raise Invalid(
            f"Several triggers are called so: {', '.join(one['ref'] for one in found)}. Name the project too."
        )
    return client.get(path_of("triggers", found[0]["id"]))

"""`na.var`: the variables of this project."""

from __future__ import annotations

from typing import Any

from . import context
from .client import connect, path_of
from .errors import Invalid, Missing, Refused, for_people
from .notebook import project_name
from .records import Record

_NOT_GIVEN: Any = object()


@for_people
def var(name: str, default: Any = _NOT_GIVEN) -> Any:
    """Return the value of the project's variable ``name``, or ``default`` where one is given.

    A secret is readable in a session only. Raises Missing when there is no such variable and no default.
    """
    known = context.current().variables
    if known is None:
        items = _stored()
        if any(item["name"] == name and item["secret"] and item["value"] is None for item in items):
            if default is not _NOT_GIVEN:
                return default
            raise Invalid(
                f"The variable {name!r} is secret, so only a session can read it: give a default for open notebooks, "
                f"na.var({name!r}, default). %automation secret set {name} sets it anew.",
                code="variable_secret",
            )
        known = Record({item["name"]: item["value"] for item in items})
    if name in known:
        return known[name]
    if default is not _NOT_GIVEN:
        return default
    has = f"It has: {', '.join(known)}." if known else "It has none."
    raise Missing(
        f"The project has no variable {name!r}. {has} Set it by %automation variable set {name} VALUE, a secret by "
        f"%automation secret set {name} (at a shell: jupyter automation secret set {name}), or on the panel's page "
        "Variables.",
        code="variable_not_found",
    )


def _stored() -> list[Record]:
    try:
        items: list[Record] = connect().get(path_of("projects", project_name(), "variables"))["items"]
    except Refused as refused:
        if refused.code != "project_not_found":
            raise
        # A folder becomes a project with the first thing that is registered in it.
        return []
    return items

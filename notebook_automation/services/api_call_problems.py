"""Why a trigger cannot call its API, as its project's variables and the settings are now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from urllib.parse import urlsplit

from sqlalchemy import Connection

from notebook_automation.domain.api_calls import ApiCall
from notebook_automation.domain.trigger_hints import Notice
from notebook_automation.domain.triggers import Trigger
from notebook_automation.store import projects


def api_call_problems(
    tx: Connection, found: Sequence[Trigger], allowed: Collection[str]
) -> dict[str, list[Notice]]:  # fmt: skip
    """Return by id what is wrong with those of the triggers ``found`` that call APIs.

    ``allowed`` are the hosts that may be called in the clear.
    """
    calling = {one.id: one for one in found if one.api_call is not None}
    kinds = {
        project_id: {variable.name: variable.secret for variable in projects.variables_of(tx, project_id)}
        for project_id in {one.project_id for one in calling.values()}
    }
    return {
        one.id: [
            *filter(None, [_clear_text(one.api_call, allowed)]),
            *_problems(one.api_call, kinds[one.project_id], one),
        ]
        for one in calling.values()
        if one.api_call is not None
    }


def _problems(call: ApiCall, kinds: Mapping[str, bool], trigger: Trigger) -> list[Notice]:
    problems = []
    for kind, secret, noun in (("secret", True, "secret"), ("var", False, "variable")):
        for name in call.names(kind):  # type: ignore[arg-type]
            if name not in kinds:
                problems.append(
                    Notice(
                        "variable_missing",
                        f"It sends the {noun} {name!r}, which has no value: set it under Variables, or by jupyter "
                        f"automation {noun} set {name}.",
                    )
                )
            elif kinds[name] is not secret:
                right = "secret" if kinds[name] else "var"
                problems.append(
                    Notice(
                        "variable_kind", f"{name!r} is {_a(kinds[name])}: write {{{{{right}:{name}}}}}, or set it anew."
                    )
                )
    given = {*trigger.parameters, *trigger.mapping}
    problems += [
        Notice("parameter_missing", f"It sends the parameter {name!r}, which nothing gives a value: set it, or map it.")
        for name in call.names("param")
        if name not in given and trigger.type != "manual"
    ]
    return problems


def _clear_text(call: ApiCall, allowed: Collection[str]) -> Notice | None:
    parts = urlsplit(call.url)
    if parts.scheme != "http" or "{{" in parts.netloc or {parts.hostname, parts.netloc} & set(allowed):
        return None
    return Notice(
        "clear_text",
        f"It is not called by http, which everybody on the way can read: write https. For a host in your own network, "
        f"whoever runs the server sets api_call_hosts to [{parts.netloc!r}].",
    )


def _a(secret: bool) -> str:
    return "a secret" if secret else "no secret"

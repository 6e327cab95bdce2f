"""What a trigger's own fields say of it: fields that do nothing, and event types that never come."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from .credentials import named_in
from .environments import missing_variables
from .freshness import Breach
from .schedules import length_text
from .signatures import Signature
from .times import rfc3339
from .triggers import Trigger

_METHODS = ("get", "post", "put", "patch", "delete", "head", "options")


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to know of a trigger before it fires; ``suggestion`` is a call that it could have instead."""

    code: str
    message: str
    suggestion: str | None = None


def no_secret(signature: Signature) -> Notice:
    """Return why a webhook that takes only what is signed takes nothing."""
    return Notice(
        "secret_missing",
        f"It takes no delivery: the secret {signature.secret!r}, by which it checks them, has no value. Set it as "
        f"{signature.title} shows it: as a secret under Variables, or by jupyter automation secret set "
        f"{signature.secret}.",
    )


def no_variables(trigger: Trigger, names: Collection[str]) -> list[Notice]:
    """Return which variables the environment of ``trigger`` wants that are not among its project's ``names``."""
    return [
        Notice(
            "variable_not_found",
            f"Its environment wants the variable {name!r} of the project, which is not there: set it under Variables, "
            "or take it out of env.",
        )
        for name in missing_variables(trigger.env, dict.fromkeys(names))
    ]


def unfresh(trigger: Trigger, found: Iterable[Breach]) -> list[Notice]:
    """Return what of ``found`` says that ``trigger`` is not as fresh as it is to be."""
    freshness = trigger.freshness
    if freshness is None:
        return []
    notices = []
    for one in found:
        if one.trigger_id != trigger.id:
            continue
        if one.kind == "late":
            notices.append(Notice("late", f"Session {one.key} takes far longer than usual."))
        elif freshness.within is not None:
            limit = length_text(max(1, round(freshness.within)))
            notices.append(Notice("stale", f"It is stale since {rfc3339(one.since)}: no session completed in {limit}."))
    return notices


def open_secret(signature: Signature) -> Notice | None:
    """Return what to beware of where a signature is checked by a variable that everybody may read."""
    if signature.scheme.kind == "public_key":
        return None
    return Notice(
        "secret_open",
        f"{signature.secret!r} is a variable that is shown to all who see the project: set it again as a secret, else "
        "they can send in the name of others.",
    )


def never_matches(trigger: Trigger) -> Notice | None:
    """Return why no event that reaches ``trigger`` will ever have its event type; None where one can."""
    wanted = trigger.event_type
    if wanted is None:
        return None
    if trigger.type == "schedule" and wanted.lower() != "tick":
        return Notice("event_type_never", f"A schedule has no event type: with {wanted!r} it runs nothing.")
    if trigger.type == "webhook" and wanted.lower() not in _METHODS:
        return Notice(
            "event_type_never",
            f"The event type of a webhook is its request's method, such as post: {wanted!r} never comes. Look at "
            "the delivery by a filter instead.",
        )
    return None


def hidden_credentials(trigger: Trigger) -> list[Notice]:
    """Return which parameters are made of a sender's credentials, which no parameter holds."""
    return [
        Notice(
            "credential_hidden",
            f"The parameter {name!r} reads {header}: parameters are stored and shown, so what it takes of this "
            f'credential is ***. Read it in the notebook instead, by na.event.data["headers"]["{header}"].',
        )
        for name, expression in trigger.mapping.items()
        for header in named_in(expression)
    ]


def works_differently(trigger: Trigger) -> list[Notice]:
    """Return what is otherwise than one may think where fields of ``trigger`` meet."""
    found = []
    if trigger.is_sync and trigger.retry is not None:
        found.append(
            "The sender gets the answer of the first try: what a later try answers reaches nobody. Answer by "
            "na.respond(…) before what may fail."
        )
    if trigger.is_sync and trigger.is_durable:
        found.append(
            "The sender waits only as long as a request may take: answer by na.respond(…) before the first long wait."
        )
    return [Notice("works_differently", message) for message in found]


def without_effect(trigger: Trigger) -> list[Notice]:
    """Return which of the fields that ``trigger`` has do nothing in this version, or nothing for it."""
    found = []
    if trigger.type == "connection":
        found.append("Triggers of connections receive nothing yet: it runs only when somebody starts it.")
    elif trigger.connection is not None:
        found.append(f"connection has no effect on a trigger of type {trigger.type}.")
    if trigger.type == "manual":
        found += [
            f"{name} has no effect on a trigger of type manual: who starts it decides."
            for name in ("filter", "event_type")
            if getattr(trigger, name) is not None
        ]
    if trigger.warm and trigger.is_durable:
        found.append(
            "warm has no effect on a durable trigger: each of its sessions runs the set-up itself, to go on from there."
        )
    if trigger.api_call is not None and not trigger.rules:
        found += [
            f"{name} has no effect on a trigger that calls an API: there is no notebook."
            for name in ("report", "keep", "skip_tags", "kernel_name", "env", "memory")
            if getattr(trigger, name)
        ]
    if trigger.sync_time is not None and not trigger.is_sync:
        found.append("sync_time has no effect on a webhook whose sender does not wait: set is_sync.")
    if trigger.own_call is None and not trigger.rules:
        names = ("parameters", "mapping", "report", "keep", "time_limit", "is_sync", "is_durable", "retry", "policy",
                 "priority", "skip_tags")  # fmt: skip
        unused = ", ".join(name for name in names if getattr(trigger, name))
        if unused:
            found.append(f"It calls nothing, so {unused} has no effect: give it a call.")
    return [Notice("no_effect", message) for message in found]

"""Of which type the fields of a trigger are, as people write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .api_calls import ApiCall
from .collecting import Collecting
from .errors import Invalid
from .freshness import Freshness
from .parameters import check_json
from .policies import Policy
from .retries import RetryPolicy
from .signatures import Signature

_TYPES: Mapping[str, tuple[tuple[type, ...], str]] = {
    **dict.fromkeys(("name", "type"), ((str,), "a text")),
    **dict.fromkeys(
        ("title", "call", "event_type", "filter", "connection", "report", "keep", "kernel_name"),
        ((str, type(None)), "a text"),
    ),
    **dict.fromkeys(("enabled", "is_sync", "is_durable", "warm"), ((bool,), "true or false")),
    **dict.fromkeys(("parameters", "mapping", "env"), ((dict,), "a mapping of names to values")),
    **dict.fromkeys(("tags", "skip_tags"), ((list, tuple), "a list of texts")),
    "collect": ((Mapping, Collecting, type(None)), "a mapping such as batch: 30s"),
    "freshness": ((Mapping, Freshness, type(None)), "a mapping such as within: 26h"),
    "rules": ((list, tuple), "a list of mappings with name and call"),
    **dict.fromkeys(("time_limit", "sync_time"), ((int, float, type(None)), "a number of seconds")),
    "memory": ((int, str, type(None)), "a size such as 2GiB"),
    "max_body": ((int, str, type(None)), "a size such as 25MB"),
    "api_call": ((Mapping, ApiCall, type(None)), "a mapping such as url: https://api.example.com/report"),
    "retry": ((Mapping, RetryPolicy, type(None)), "a mapping such as max_attempts: 3"),
    "policy": ((Mapping, str, int, Policy, type(None)), "a text such as 3 by region, or a mapping of threshold, …"),
    "priority": ((int,), "a whole number from 0"),
    "notify": ((list, tuple, type(None)), "a list such as [failed:email:ana@example.org]"),
    "signature": ((Mapping, Signature, type(None)), "a mapping such as preset: github, secret: HOOK_SECRET"),
}


_NUMBERS = ("time_limit", "memory", "max_body", "sync_time", "policy", "priority")


def check_types(values: Mapping[str, Any]) -> None:
    """Raise Invalid (``trigger_invalid``) for a value of another type than its field's.

    Manifests and options come untyped: what is of another type is refused before anything reads it.
    """
    for name, value in values.items():
        types, wanted = _TYPES.get(name, ((object,), ""))
        if not isinstance(value, types) or (name in _NUMBERS and isinstance(value, bool)):
            raise Invalid(f"{name} has to be {wanted}, not {value!r:.60}.", code="trigger_invalid", field=name)
    for name in ("tags", "skip_tags"):
        if not all(isinstance(tag, str) for tag in values.get(name, ())):
            raise Invalid(f"{name} has to be a list of texts.", code="trigger_invalid", field=name)
    for name, of in (("parameters", "values"), ("mapping", "expressions")):
        for key, value in values.get(name, {}).items():
            if not isinstance(key, str) or (name == "mapping" and not isinstance(value, str)):
                raise Invalid(
                    f"{name} has to be a mapping of names to {of}: {key!r:.60} is none.",
                    code="trigger_invalid",
                )
            check_json(key, value)
    if values.get("event_type") is not None and not _readable(values["event_type"]):
        raise Invalid(
            "event_type has to be a short name such as order_paid, at most 200 characters.",
            code="trigger_invalid",
            field="event_type",
        )


def _readable(text: str) -> bool:
    return bool(text.strip()) and len(text) <= 200 and text.isprintable()

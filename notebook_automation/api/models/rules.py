"""Rules of triggers, as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import UNSET, Meta, Struct, UnsetType

from notebook_automation.domain.rules import Condition

Duration = Annotated[float | str, Meta(description="Seconds, or a text such as `30s`.")]
Cel = Annotated[str, Meta(description="CEL over `data` and `event_type`.")]


class Collecting(Struct, kw_only=True):
    """For how long events are collected before the session starts that gets them all; times are seconds.

    `debounce`: until none has come for so long, at the latest `at_most` after the first one. `batch`: for so long from
    the first one on. Events for which `key` has different values are collected apart.
    """

    debounce: float | None
    batch: float | None
    key: str | None
    at_most: float | None
    max_events: int


class CollectingBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """How to collect events: `debounce` or `batch`; with `max_events` (1000) of them the session starts at once."""

    debounce: Duration | None = None
    batch: Duration | None = None
    key: Cel | None = None
    at_most: Duration | None = None
    max_events: int | None = None


class Rule(Struct, kw_only=True):
    """What a trigger runs beside its own call: `call`, where all (or any) of `conditions` hold.

    The value of `transform` takes the place of `data` for `mapping`.
    """

    name: str
    call: str
    condition: Condition
    conditions: list[str]
    enabled: bool
    transform: str | None
    parameters: dict[str, Any]
    mapping: dict[str, str]
    collect: Collecting | None


class RuleFields(Struct, kw_only=True):
    """What may be said of a rule; what is not said gets its default, or stays."""

    call: str | UnsetType = UNSET
    condition: Condition | UnsetType | None = UNSET
    conditions: list[Cel] | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    transform: Cel | UnsetType | None = UNSET
    parameters: dict[str, Any] | UnsetType = UNSET
    mapping: dict[str, str] | UnsetType = UNSET
    collect: CollectingBody | UnsetType | None = UNSET


class RuleBody(RuleFields, kw_only=True, forbid_unknown_fields=True):
    """The fields of a rule to set.

    `notebook` is a path under the Jupyter root, in the trigger's project: what is called unless `call` says otherwise;
    `handler` is the name of one of its `%%trigger` cells.
    """

    name: Annotated[str, Meta(description="As the address says, or left out.")] | UnsetType = UNSET
    notebook: str | UnsetType = UNSET
    handler: str | UnsetType | None = UNSET


class NamedRuleBody(RuleFields, kw_only=True, forbid_unknown_fields=True):
    """A rule among those of a trigger."""

    name: str

"""The rules that a trigger has beside its own call: what each calls, on which of its events, with what of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from .calls import parse_call
from .collecting import Collecting, parse_collecting
from .errors import Invalid
from .parameters import check_json, validate_parameter_name
from .projects import validate_name
from .rules import Condition

MOST_RULES = 1000
"""Rules of one trigger: each of its events meets all of them."""
MOST_CONDITIONS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerRule:
    """A rule as a person defines it; ``name`` is its own among those of its trigger.

    ``conditions`` are CEL texts over ``data`` and ``event_type``; none means always. ``collect`` says for how long its
    events are collected for one session. ``transform`` is a CEL text whose
    value takes the place of ``data`` for ``mapping``, CEL texts by parameter. ``parameters`` are JSON values by name.
    """

    name: str
    call: str
    condition: Condition = "all"
    conditions: tuple[str, ...] = ()
    enabled: bool = True
    transform: str | None = None
    parameters: dict[str, Any] = field(default_factory=dict)
    mapping: dict[str, str] = field(default_factory=dict)
    collect: Collecting | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return all fields as JSON values; `parse_rule` reads them."""
        return {**asdict(self), "conditions": list(self.conditions)}

    def changed_fields(self) -> dict[str, Any]:
        """Return ``name``, ``call`` and of the other fields those that are not as `parse_rule` would have them."""
        usual = TriggerRule(name=self.name, call=self.call).to_dict()
        changed = {name: value for name, value in self.to_dict().items() if name in _NEEDED or value != usual[name]}
        return changed if self.collect is None else {**changed, "collect": self.collect.changed_fields()}


_FIELDS = tuple(one.name for one in fields(TriggerRule))
_NEEDED = ("name", "call")
_TYPES: Mapping[str, tuple[tuple[type, ...], str]] = {
    "name": ((str,), "a text"),
    "call": ((str,), "a text such as refunds.ipynb"),
    "condition": ((str,), "all or any"),
    "conditions": ((list, tuple), "a list of CEL texts"),
    "enabled": ((bool,), "true or false"),
    "transform": ((str,), "a CEL text"),
    "parameters": ((dict,), "a mapping of names to values"),
    "mapping": ((dict,), "a mapping of names to CEL texts"),
    "collect": ((Mapping,), "a mapping such as batch: 30s"),
}


def parse_rules(given: Sequence[Any]) -> tuple[TriggerRule, ...]:
    """Return the rules that ``given``, rules or mappings of their fields, define. Raises Invalid (``rule_invalid``)."""
    if len(given) > MOST_RULES:
        raise Invalid(f"A trigger has at most {MOST_RULES} rules.", code="rule_invalid", field="rules")
    rules = tuple(one if isinstance(one, TriggerRule) else parse_rule(one) for one in given)
    names = [rule.name for rule in rules]
    for name in names:
        if names.count(name) > 1:
            raise _wrong(name, "name", f"There are two rules {name!r}: give each a name of its own.")
    return rules


def parse_rule(given: Any) -> TriggerRule:
    """Return the rule that a mapping of its fields defines; what is not named gets its default.

    Raises Invalid: ``rule_invalid``, with the field ``rules.<name>.<field>``.
    """
    if not isinstance(given, Mapping):
        raise Invalid(
            f"A rule is a mapping of its fields, such as name and call, not {given!r:.60}.",
            code="rule_invalid", field="rules",
        )  # fmt: skip
    name = given.get("name")
    if not isinstance(name, str) or not name:
        raise Invalid("A rule needs a name.", code="rule_invalid", field="rules")
    validate_name(name, "rule's name")
    unknown = sorted(str(key) for key in given if key not in _FIELDS)
    if unknown:
        raise _wrong(name, unknown[0], f"A rule has no {', '.join(unknown)}: it has {', '.join(_FIELDS)}.")
    values = {key: value for key, value in given.items() if value is not None}
    for key, value in values.items():
        types, wanted = _TYPES[key]
        if not isinstance(value, types):
            raise _wrong(name, key, f"{key} of rule {name!r} has to be {wanted}, not {value!r:.60}.")
    if not values.get("call"):
        raise _wrong(name, "call", f"Rule {name!r} needs a call: the notebook or program to run.")
    parse_call(values["call"])
    if values.get("condition", "all") not in ("all", "any"):
        raise _wrong(name, "condition", f"condition of rule {name!r} is all or any, not {values['condition']!r:.60}.")
    values["conditions"] = _conditions(name, values.get("conditions", ()))
    _check_parameters(name, values)
    if "collect" in values:
        values["collect"] = _collecting(name, values["collect"])
    return TriggerRule(**values)


def _conditions(name: str, given: Sequence[Any]) -> tuple[str, ...]:
    if not all(isinstance(text, str) for text in given):
        raise _wrong(name, "conditions", f"conditions of rule {name!r} has to be a list of CEL texts.")
    if len(given) > MOST_CONDITIONS:
        raise _wrong(name, "conditions", f"Rule {name!r} has more than {MOST_CONDITIONS} conditions: join some by &&.")
    # An empty line of a form is no condition.
    return tuple(text for text in given if text.strip())


def _collecting(name: str, given: Mapping[str, Any]) -> Collecting:
    try:
        return parse_collecting(given)
    except Invalid as error:
        field = f"rules.{name}.{error.details.get('field', 'collect')}"
        raise Invalid(f"Rule {name!r}: {error.message}", code=error.code, field=field) from None


def _check_parameters(rule: str, values: Mapping[str, Any]) -> None:
    for key in ("parameters", "mapping"):
        for name, value in values.get(key, {}).items():
            if not isinstance(name, str) or (key == "mapping" and not isinstance(value, str)):
                raise _wrong(rule, key, f"{key} of rule {rule!r} has to be {_TYPES[key][1]}: {name!r:.60} is none.")
            validate_parameter_name(name)
            check_json(name, value)


def _wrong(name: str, key: str, message: str) -> Invalid:
    return Invalid(message, code="rule_invalid", field=f"rules.{name}.{key}")

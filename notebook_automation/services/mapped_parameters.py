"""What a rule's mapping makes of an event, or of several that were collected; what is secret of them is hidden."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from notebook_automation.domain.credentials import credentials_of, may_read, named_in, secret_texts
from notebook_automation.domain.events import Event
from notebook_automation.domain.masking import MASK, SHORTEST, Masker
from notebook_automation.domain.parameters import merged
from notebook_automation.domain.rules import Rule
from notebook_automation.domain.times import rfc3339
from notebook_automation.ports import Filters


class MappedParameters:
    """Evaluates mappings with ``filters``."""

    def __init__(self, filters: Filters) -> None:
        self._filters = filters

    def of(self, rule: Rule, event: Event, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a session of ``rule`` gets for ``event``; ``given`` goes over all others. Raises Invalid."""
        # "Run now" without data leaves nothing to map from: what is set on the rule and in the notebook counts.
        started_with_nothing = event.source == "manual" and event.data is None
        names = () if started_with_nothing else [name for name in rule.mapping if name not in given]
        if not names:
            return merged(None, rule.parameters, given)
        secrets = secret_texts(credentials_of(event.data))
        variables = self._seen(rule.transform, event, secrets)
        if rule.collect is not None:
            variables["events"] = [_listed(event, variables["data"])]
        mapped = {name: self._value(rule.mapping[name], variables, secrets) for name in names}
        return merged(None, rule.parameters, mapped, given)

    def of_collected(self, definition: Mapping[str, Any], collected: Sequence[Event]) -> dict[str, Any]:
        """Return what a session gets for all of its events, which are as they are stored. Raises Invalid.

        ``definition`` is what history keeps of a rule, or of the trigger whose own call it is.
        """
        seen = [self._seen(definition.get("transform"), event, ()) for event in collected]
        events = [_listed(event, one["data"]) for event, one in zip(collected, seen, strict=True)]
        variables = {**seen[-1], "events": events}
        mapped = {name: self._value(text, variables, ()) for name, text in definition["mapping"].items()}
        return merged(None, definition["parameters"], mapped)

    def reads_all(self, mapping: Mapping[str, str]) -> bool:
        """Return whether a mapping reads more than the last of collected events."""
        paths = {path for text in mapping.values() for path in self._filters.fields(text)}
        return any(path.partition(".")[0] == "events" for path in paths)

    def _seen(self, transform: str | None, event: Event, secrets: Sequence[str]) -> dict[str, Any]:
        variables = {"data": event.data, "event_type": event.type}
        return variables if transform is None else {**variables, "data": self._value(transform, variables, secrets)}

    def _value(self, text: str, variables: Mapping[str, Any], secrets: Sequence[str]) -> Any:
        value = self._filters.evaluate_value(text, variables)
        if not secrets or not may_read(self._filters.fields(text)):
            # What comes from elsewhere stays, even if it looks like a credential.
            return value
        # Parameters are stored and shown.
        part = isinstance(value, str) and len(value) >= SHORTEST and any(value in secret for secret in secrets)
        return MASK if part and named_in(text) else Masker(secrets).value(value)


def _listed(event: Event, data: Any) -> dict[str, Any]:
    return {"id": event.id, "type": event.type, "received_at": rfc3339(event.received_at), "data": data}

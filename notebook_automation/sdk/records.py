"""JSON objects with attribute access: `event.data.json.pull_request.number`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from .tracebacks import ShownAtTheCall


class Record(dict[str, Any]):
    """A JSON object whose keys are attributes too.

    A key that is no identifier, or that a dict already has a method for (`items`, `get`, …), is read with `[]`.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name in self:
            return self[name]
        # Rich display and copying probe for such names on every object.
        if name.startswith("_"):
            raise AttributeError(name)
        raise MissingName(missing_sentence(name, self))

    def __missing__(self, key: Any) -> Any:
        raise MissingKey(missing_sentence(key, self))

    def __setattr__(self, name: str, value: Any) -> None:
        raise MissingName(f"What was received stays as it is: change a copy, to_dict()[{name!r}] = ….")

    def __dir__(self) -> Iterable[str]:
        return sorted({*super().__dir__(), *(key for key in self if key.isidentifier())})

    def to_dict(self) -> dict[str, Any]:
        """Return a copy of plain dicts and lists."""
        return {key: _plain(value) for key, value in self.items()}


class Headers(Record):
    """HTTP headers: found whatever the case of the name asked for."""

    __slots__ = ()

    def __missing__(self, key: Any) -> Any:
        found = self._known(key)
        return self[found] if found is not None else super().__missing__(key)

    def __contains__(self, key: object) -> bool:
        return super().__contains__(key) or self._known(key) is not None

    def get(self, key: Any, default: Any = None) -> Any:
        try:
            return self[key]
        except KeyError:
            return default

    def _known(self, key: object) -> str | None:
        wanted = key.lower() if isinstance(key, str) else None
        return next((name for name in self if name.lower() == wanted), None)


class MissingName(ShownAtTheCall, AttributeError):
    """An attribute that is not there, or cannot be set; its sentence says what is."""


class MissingKey(ShownAtTheCall, KeyError):
    """A KeyError whose sentence is shown as it is, not as a quoted key."""

    def __str__(self) -> str:
        return str(self.args[0])


class Nothing:
    """Stands where there is no value: false, and says why at the first use."""

    def __init__(self, why: str) -> None:
        self._why = why

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return f"<{self._why}>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise MissingName(self._why)

    def __getitem__(self, key: Any) -> Any:
        raise MissingKey(self._why)

    def __iter__(self) -> Any:
        return iter(())

    def __len__(self) -> int:
        return 0

    def __contains__(self, key: object) -> bool:
        return False

    def to_dict(self) -> dict[str, Any]:
        """Return an empty dict: there is nothing."""
        return {}


def record(value: Any) -> Any:
    """Return the JSON ``value`` with each of its objects as a Record."""
    if isinstance(value, Record):
        return value
    if isinstance(value, dict):
        return Record({key: record(item) for key, item in value.items()})
    if isinstance(value, list):
        return [record(item) for item in value]
    return value


def missing_sentence(key: object, present: Iterable[str]) -> str:
    """Return the sentence for a ``key`` that is not among ``present``."""
    names = list(present)
    if not names:
        return f"There is no {key!r} here: the object is empty."
    close = difflib.get_close_matches(str(key), names, n=1, cutoff=0.75)
    shown = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
    return f"There is no {key!r} here." + (f" Did you mean {close[0]!r}?" if close else "") + f" It has: {shown}."


def _plain(value: Any) -> Any:
    if isinstance(value, Record):
        return value.to_dict()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value

"""A form asked for line by line, where no page can show it: in a console, and in an editor's notebook."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

Ask = Callable[[str], str]
"""Shows a text and returns the line that is typed."""
_MISSING: Any = object()


def asked_by_text(schema: Any, proposed: Any, ask: Ask, say: Callable[[str], None]) -> Any:
    """Return a value for ``schema`` that was typed: field by field where they are simple, else as JSON.

    An empty line takes what is proposed. What the schema says beyond the types of fields is not checked.
    """
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    if not properties:
        return _asked("Value", schema, proposed, True, ask, say)
    given = dict(proposed) if isinstance(proposed, Mapping) else {}
    required = schema.get("required") or ()
    for name, inner in properties.items():
        value = _asked(name, inner, given.get(name, _MISSING), name in required, ask, say)
        if value is not _MISSING:
            given[name] = value
    return given


def _asked(
    name: str, schema: Any, proposed: Any, is_required: bool, ask: Ask, say: Callable[[str], None]
) -> Any:  # fmt: skip
    about = schema if isinstance(schema, Mapping) else {}
    start = about.get("default", _MISSING) if proposed in (None, _MISSING) else proposed
    choices = about.get("enum")
    hint = f" ({', '.join(map(_text, choices))})" if choices else _HINTS.get(str(about.get("type")), " (JSON)")
    offered = "" if start is _MISSING else f" [{_text(start)}]"
    while True:
        line = ask(f"{about.get('title') or name}{hint}{offered}: ").strip()
        if not line and start is not _MISSING:
            return start
        if not line and not is_required:
            return _MISSING
        try:
            return _read(line, about)
        except ValueError as error:
            say(str(error))


_HINTS = {"string": "", "integer": " (a whole number)", "number": " (a number)", "boolean": " (yes or no)"}


def _read(line: str, schema: Mapping[str, Any]) -> Any:
    if schema.get("enum"):
        for choice in schema["enum"]:
            if line == _text(choice):
                return choice
        raise ValueError(f"Choose one of {', '.join(map(_text, schema['enum']))}.")
    kind = schema.get("type")
    if kind == "string":
        return line
    if kind == "boolean":
        if line.lower() not in ("yes", "y", "true", "no", "n", "false"):
            raise ValueError("Say yes or no.")
        return line.lower() in ("yes", "y", "true")
    if kind in ("integer", "number"):
        try:
            return int(line) if kind == "integer" else float(line)
        except ValueError:
            raise ValueError(f"{line} is not {_HINTS[kind].strip(' ()')}.") from None
    try:
        return json.loads(line)
    except ValueError:
        raise ValueError(f'{line} is no JSON: a text is "{line}" with its quotes, an object {{"a": 1}}.') from None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)

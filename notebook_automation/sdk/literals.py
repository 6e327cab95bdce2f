"""Values typed as text, at a shell or in a magic: YAML literals, `name=value` pairs, lengths of time."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from .errors import Invalid

_SECONDS = {
    "s": 1,
    "sec": 1,
    "second": 1,
    "m": 60,
    "min": 60,
    "minute": 60,
    "h": 3600,
    "hour": 3600,
    "d": 86400,
    "day": 86400,
}
_LENGTH = re.compile(r"(\d+(?:\.\d+)?)\s*([a-z]*)")


def yaml_value(text: str) -> Any:
    """Return the value that the YAML literal ``text`` stands for, by the rules of YAML 1.2.

    So `no` and `12:30` are text, as people mean them, and a date is its text, as JSON has none. `None` is null, as
    papermill has it. A number is what JSON takes for one: a postcode such as `04109`, `+49` and `0x1F` stay text, which
    becomes a number where the notebook's parameters cell has one. Raises Invalid.
    """
    import yaml

    if not text.strip():
        return text
    try:
        return yaml.load(text, Loader=_loader())
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or "its syntax is wrong"
        raise Invalid(f"{text!r} is not a YAML value ({problem}): put text in quotes, -p 'name=\"a: b\"'.") from None


def assignments(given: Iterable[str], option: str, *, literal: bool = True) -> dict[str, Any]:
    """Return `name=value` texts by name; ``literal`` reads the values as YAML. Raises Invalid."""
    values: dict[str, Any] = {}
    for text in given:
        name, separator, value = text.partition("=")
        name = name.strip()
        if not separator or not name.strip(".").replace(".", "_").isidentifier():
            raise Invalid(f"{option} takes name=value with a variable's name, not {text!r}.")
        if name in values:
            raise Invalid(f"{option} gives {name!r} twice.")
        values[name] = yaml_value(value) if literal else value.strip()
    return values


def seconds(text: str, option: str) -> float:
    """Return the seconds of `90`, `90s`, `10 minutes`, `1h30m`. Raises Invalid."""
    wanted = re.sub(r"[\s,]+", "", text.lower())
    total, position = 0.0, 0
    while position < len(wanted):
        part = _LENGTH.match(wanted, position)
        unit = part.group(2) if part else ""
        factor = _SECONDS.get(unit) or _SECONDS.get(unit.removesuffix("s"))
        if part is None or (unit and factor is None) or (not unit and part.group(0) != wanted):
            break
        total += float(part.group(1)) * (factor or 1)
        position = part.end()
    if position < len(wanted) or total <= 0:
        raise Invalid(f"{option} takes a length of time such as 90s, 10m or 1h30m, not {text!r}.")
    return total


def _loader() -> Any:
    """Return a SafeLoader that takes plain words as text unless YAML 1.2 says that they are something else."""
    global _Loader
    if _Loader is None:
        import yaml

        class Loader(yaml.SafeLoader):  # type: ignore[misc]
            yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 (PyYAML's own way to set them)

        for kind, pattern, first in (
            ("null", r"(?:~|null|Null|NULL|None)", "~nN"),
            ("bool", r"(?:true|True|TRUE|false|False|FALSE)", "tTfF"),
            ("int", r"-?(?:0|[1-9][0-9]{0,3999})", "-0123456789"),
            (
                "float",
                r"-?(?:(?:0|[1-9][0-9]*)\.[0-9]*|\.[0-9]+|(?:0|[1-9][0-9]*)(?=[eE]))(?:[eE][-+]?[0-9]+)?",
                "-.0123456789",
            ),
        ):
            Loader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(f"{pattern}$"), list(first))
        Loader.add_constructor("tag:yaml.org,2002:int", _integer)
        _Loader = Loader
    return _Loader


def _integer(loader: Any, node: Any) -> int:
    # PyYAML's own reads digits by the rules of YAML 1.1, where `010` is eight.
    return int(str(loader.construct_scalar(node)))


_Loader: Any = None

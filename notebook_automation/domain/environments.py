"""The environment of a run's kernel: variables that are set for it, and the memory that it may use."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from .errors import Invalid, NotFound
from .sizes import parse_size

Environment = Mapping[str, Any]
"""By name a text, or ``{"variable": name}``: the value of a variable of the project, as it is when the run begins."""
VARIABLE = "variable"
MOST = 50
LONGEST_NAME = 100
LONGEST_VALUE = 8 * 1024
LONGEST = 32 * 1024
LONGEST_OPENED = 100 * 1024
"""Bytes of the value of a project's variable: Linux starts no process with a longer one than 128 KiB."""
LEAST_MEMORY = 64 * 1024 * 1024
MOST_MEMORY = 2**50
"""Bytes."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OURS = ("NOTEBOOK_AUTOMATION_", "JPY_", "JUPYTER_")
_LOADS = ("LD_", "DYLD_", "GLIBC_", "GCONV_", "IPYTHON")
_LOADING = frozenset(
    {
        "PATH", "HOME", "SHELL", "ENV", "BASH_ENV", "IFS", "R_HOME", "R_PROFILE", "R_PROFILE_USER", "R_ENVIRON",
        "R_ENVIRON_USER", "R_LIBS", "R_LIBS_USER", "JULIA_LOAD_PATH", "JULIA_DEPOT_PATH", "JULIA_PROJECT",
        "NODE_OPTIONS", "NODE_PATH", "PERL5OPT", "PERL5LIB", "RUBYOPT", "RUBYLIB", "JAVA_TOOL_OPTIONS", "CLASSPATH",
        "SYSTEMROOT", "PATHEXT", "COMSPEC", "APPDATA", "PROGRAMDATA",
    }
)  # fmt: skip
_HARMLESS = frozenset(
    {
        "PYTHONHASHSEED", "PYTHONUTF8", "PYTHONIOENCODING", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE",
        "PYTHONOPTIMIZE", "PYTHONASYNCIODEBUG", "PYTHONFAULTHANDLER", "PYTHONINTMAXSTRDIGITS",
    }
)  # fmt: skip
"""Of those that Python reads at its start: they name no code."""


def parse_environment(given: Mapping[str, Any], field: str = "env") -> dict[str, Any]:
    """Return variables as they are kept, sorted by name, checked: names, sizes, and none that loads other code.

    Numbers and truth values, as YAML reads them, become texts. Raises Invalid (``environment_invalid``).
    """
    if len(given) > MOST:
        raise _wrong(f"{field} has {len(given)} variables: at most {MOST} are taken.", field)
    found = {str(name): _value(str(name), value, field) for name, value in given.items()}
    for name in found:
        _check_name(name, field)
    size = sum(len(str(value).encode("utf-8", "surrogatepass")) for value in found.values())
    if size > LONGEST:
        raise _wrong(f"The values of {field} have {size:,} bytes: {LONGEST:,} are taken. Put them into a file.", field)
    return dict(sorted(found.items()))


def parsed_environment(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``env`` and ``memory``, where ``fields`` have them, as they are kept. Raises Invalid."""
    found: dict[str, Any] = {}
    if "env" in fields:
        found["env"] = parse_environment(fields["env"])
    if fields.get("memory") is not None:
        found["memory"] = parse_memory(fields["memory"])
    return found


def opened_environment(environment: Environment, variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables with their values, those of the project from ``variables``.

    Raises NotFound (``variable_not_found``), Invalid (``environment_invalid``): the message names no value.
    """
    missing = missing_variables(environment, variables)
    if missing:
        raise NotFound(
            f"The environment wants the variable {', '.join(missing)} of the project, which is not there: set it under "
            "Variables, or take it out of env.",
            code="variable_not_found",
        )
    found = {}
    for name, value in environment.items():
        text = value if isinstance(value, str) else variables[value[VARIABLE]]
        if "\0" in text or len(text.encode("utf-8", "surrogatepass")) > LONGEST_OPENED:
            raise _wrong(
                f"The variable {value[VARIABLE]!r} of the project cannot be in an environment: it is longer than "
                f"{LONGEST_OPENED // 1024} KiB, or has a NUL character. Read it by na.var in the notebook.",
                "env",
            )
        found[name] = text
    return found


def missing_variables(environment: Environment, variables: Mapping[str, Any]) -> list[str]:
    """Return the project's variables that ``environment`` wants and that are not among ``variables``."""
    wanted = (value[VARIABLE] for value in environment.values() if not isinstance(value, str))
    return sorted({name for name in wanted if name not in variables})


def uses_variables(environment: Environment) -> bool:
    """Whether any value is that of a project's variable."""
    return any(not isinstance(value, str) for value in environment.values())


def parse_memory(given: int | str, field: str = "memory") -> int:
    """Return the bytes that a run may use, of ``2 GiB`` or a number. Raises Invalid (``size_invalid``)."""
    size = parse_size(given, field)
    if not LEAST_MEMORY <= size <= MOST_MEMORY:
        raise Invalid(
            f"{field} is at least 64 MiB, which a kernel needs for itself: give a size such as 2GiB.",
            code="size_invalid",
            field=field,
        )
    return size


def _value(name: str, value: Any, field: str) -> Any:
    if isinstance(value, Mapping):
        variable = value.get(VARIABLE)
        if set(value) != {VARIABLE} or not isinstance(variable, str) or not 0 < len(variable) <= LONGEST_NAME:
            raise _wrong(f"{field}.{name} is a text, or {{variable: NAME}} for one of the project's variables.", field)
        return {VARIABLE: variable}
    if isinstance(value, bool):
        value = str(value).lower()
    if isinstance(value, int | float):
        value = str(value)
    if not isinstance(value, str):
        raise _wrong(f"{field}.{name} is a text, or {{variable: NAME}} for one of the project's variables.", field)
    if "\0" in value or len(value.encode("utf-8", "surrogatepass")) > LONGEST_VALUE:
        raise _wrong(f"{field}.{name} is longer than {LONGEST_VALUE // 1024} KiB, or has a NUL character.", field)
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise _wrong(f"{field}.{name} has half a character (a lone surrogate): write the text anew.", field)
    return value


def _check_name(name: str, field: str) -> None:
    upper = name.upper()
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise _wrong(
            f"{name!r:.60} cannot be the name of an environment variable: use letters, digits and '_', beginning with "
            f"a letter or '_', at most {LONGEST_NAME}.",
            field,
        )
    if upper.startswith(_OURS):
        raise _wrong(f"{name} is set by the server and by Jupyter for each run: choose another name.", field)
    loads = upper.startswith(_LOADS) or upper in _LOADING
    if loads or (upper.startswith("PYTHON") and upper not in _HARMLESS):
        raise _wrong(
            f"{name} decides which programs and libraries a kernel loads, so it cannot be set for a run: set it in the "
            "kernelspec (kernel.json, env), and name that as kernel.",
            field,
        )


def _wrong(message: str, field: str) -> Invalid:
    return Invalid(message, code="environment_invalid", field=field)

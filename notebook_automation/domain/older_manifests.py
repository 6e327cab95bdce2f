"""What the first manifests of AutoKitteh called otherwise, or said beyond what manifests say now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import Invalid

_Schema = dict[str, Any]

_RENAMED = {"entrypoint": "call", "is_secret": "secret"}
_DROPPED = {
    "data": "every webhook has an address of its own, and its filter can read data.url.path",
    "token": "set a secret of the project",
    "env_var": "give a value, or set one with jupyter automation variable set or secret set",
}
_ELSEWHERE = {
    ".star": "Starlark", ".ts": "TypeScript", ".mts": "TypeScript", ".js": "JavaScript", ".mjs": "JavaScript",
    ".cjs": "JavaScript",
}  # fmt: skip
"""Languages of programs that AutoKitteh runs and nothing here does, by suffix."""

_EARLIER: Mapping[str, _Schema] = {
    "entrypoint": {"type": ["string", "null"], "description": "The earlier name of call."},
    "is_secret": {"type": ["boolean", "null"], "description": "The earlier name of secret."},
    "data": {"type": ["object", "null"], "description": "Of earlier manifests: not kept."},
    "token": {"type": ["string", "null"], "description": "Of earlier manifests: not kept."},
    "env_var": {"type": ["string", "null"], "description": "Of earlier manifests: not kept."},
}
OLDER_OF_TRIGGERS = ("entrypoint", "data")
OLDER_OF_VARIABLES = ("is_secret", "env_var")
OLDER_OF_CONNECTIONS = ("token",)


def older_schema(keys: tuple[str, ...]) -> dict[str, _Schema]:
    """Return the schemas of older ``keys``, marked as such."""
    return {key: {**_EARLIER[key], "deprecated": True} for key in keys}


def without_older(
    entry: Mapping[str, Any], keys: tuple[str, ...], where: str, notes: list[str]
) -> Mapping[str, Any]:  # fmt: skip
    """Return ``entry`` with the older ones of its ``keys`` under the names of now; ``notes`` gets what is not kept.

    Raises Invalid (``manifest_invalid``) where one thing is said twice.
    """
    if not any(key in entry for key in keys):
        return entry
    found = dict(entry)
    for key in keys:
        value = found.pop(key, None)
        if value in (None, "", {}):
            continue
        name = _RENAMED.get(key)
        if name is None:
            notes.append(f"{where} ({entry.get('name')}): {key} is not kept: {_DROPPED[key]}.")
        elif found.get(name) in (None, ""):
            found[name] = value
        else:
            message = f"The manifest cannot be read: {where} has {key} and {name}, which mean the same: keep {name}."
            raise Invalid(message, code="manifest_invalid")
    return found


def language_elsewhere(call: Any) -> str | None:
    """Return the language of what ``call`` names where nothing here runs it, or None."""
    path = call.partition(":")[0] if isinstance(call, str) else ""
    return next((language for suffix, language in _ELSEWHERE.items() if path.endswith(suffix)), None)

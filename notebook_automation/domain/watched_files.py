"""What a file trigger waits for: files of the project that appear, change or go."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal, get_args

from .errors import Invalid
from .globs import fixed_folder, is_match, names_hidden, regex_of
from .times import duration

FileChange = Literal["created", "changed", "deleted"]
FileState = str
"""When a file was changed and how large it is; another text is another state."""
MOST_FILES = 10_000
"""Files that one trigger watches; what comes beyond is not seen."""
MOST_PATTERNS = 50
_CHANGES: tuple[FileChange, ...] = get_args(FileChange)
_USUAL: tuple[FileChange, ...] = ("created", "changed")
_DEBOUNCE = 1.0
_FIELDS = ("paths", "on", "debounce")
_LEFT_OUT = frozenset({"__pycache__", "node_modules"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedFiles:
    """``paths`` are patterns below the project's folder, ``debounce`` seconds that a file has to be quiet for."""

    paths: tuple[str, ...]
    on: tuple[FileChange, ...] = _USUAL
    debounce: float = _DEBOUNCE

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON, as `parse_watched_files` takes it."""
        return {"paths": list(self.paths), "on": list(self.on), "debounce": self.debounce}

    def in_manifest(self) -> Any:
        """Return it as a manifest writes it: a pattern alone, or a mapping of what differs from the defaults."""
        paths: Any = self.paths[0] if len(self.paths) == 1 else list(self.paths)
        fields: dict[str, Any] = {"paths": paths}
        if self.on != _USUAL:
            fields["on"] = list(self.on)
        if self.debounce != _DEBOUNCE:
            fields["debounce"] = self.debounce
        return fields if len(fields) > 1 else paths

    def describe(self) -> str:
        """Return it in English: ``when data/*.csv is created or changed``."""
        return f"when {' or '.join(self.paths)} is {' or '.join(self.on)}"

    def wants(self, path: str) -> bool:
        """Return whether it watches the file at ``path``, relative to the project's folder."""
        # The pattern first: of many triggers in one folder hardly any wants a file.
        return any(is_match(one, path) and (names_hidden(one) or not is_left_out(path)) for one in self.paths)

    def folders(self) -> dict[str, bool]:
        """Return the folders that it looks into, relative to the project's, and whether also into those in them."""
        found: dict[str, bool] = {}
        for pattern in self.paths:
            folder, deep = fixed_folder(pattern)
            found[folder] = found.get(folder, False) or deep
        return found


def is_left_out(path: str) -> bool:
    """Return whether a file is hidden, or in a folder of which nobody means the files."""
    return any(part.startswith(".") or part in _LEFT_OUT for part in PurePosixPath(path).parts)


def differences(before: Mapping[str, FileState], now: Mapping[str, FileState]) -> dict[str, FileChange]:
    """Return by path what has become of files."""
    found: dict[str, FileChange] = {path: "deleted" for path in before if path not in now}
    for path, state in now.items():
        if path not in before:
            found[path] = "created"
        elif before[path] != state:
            found[path] = "changed"
    return found


def parse_watched_files(given: Any) -> WatchedFiles:
    """Return what ``given`` says: a pattern, a list of them, or a mapping of paths, on and debounce.

    ``debounce`` is seconds, or a text such as ``5s``. Raises Invalid (``files_invalid``).
    """
    if not isinstance(given, Mapping):
        given = {"paths": given}
    unknown = {str(name) for name in given} - {*_FIELDS, "description"}
    if unknown:
        raise _wrong(f"files has no {', '.join(sorted(unknown))}: it has {', '.join(_FIELDS)}.", "")
    on = given.get("on")
    return WatchedFiles(
        paths=_patterns(given.get("paths")),
        on=_USUAL if on is None else _changes(on),
        debounce=_seconds(given.get("debounce")),
    )


def _patterns(given: Any) -> tuple[str, ...]:
    patterns = [given] if isinstance(given, str) else given
    if not isinstance(patterns, (list, tuple)) or not patterns or len(patterns) > MOST_PATTERNS:
        raise _wrong(f"files names 1 to {MOST_PATTERNS} paths of the project, such as data/*.csv.", "paths")
    return tuple(dict.fromkeys(_pattern(one) for one in patterns))


def _pattern(given: Any) -> str:
    if not isinstance(given, str) or not given.strip() or len(given) > 1000 or not given.isprintable():
        raise _wrong(f"{given!r:.60} is no path: write data/*.csv, or **/*.csv for those in every folder.", "paths")
    path = PurePosixPath(given.strip())
    if path.is_absolute() or ".." in path.parts or "\\" in given or not path.parts:
        raise _wrong(
            f"{given!r:.60} leaves the project: name files by their path inside the project, such as data/*.csv.",
            "paths",
        )
    try:
        regex_of(str(path))
    except re.error:
        raise _wrong(
            f"{given!r:.60} cannot be read as a pattern: write data/*.csv, or data/[ab]*.csv.", "paths"
        ) from None
    return str(path)


def _changes(given: Any) -> tuple[FileChange, ...]:
    wanted = [given] if isinstance(given, str) else given
    if not isinstance(wanted, (list, tuple)) or not wanted or any(one not in _CHANGES for one in wanted):
        raise _wrong(f"on is what may become of a file: {', '.join(_CHANGES)}.", "on")
    return tuple(one for one in _CHANGES if one in wanted)


def _seconds(given: Any) -> float:
    if given is None:
        return _DEBOUNCE
    if isinstance(given, str):
        try:
            given = duration(given)
        except Invalid as error:
            raise _wrong(error.message, "debounce") from None
    if isinstance(given, bool) or not isinstance(given, (int, float)) or not 0.1 <= given <= 3600:
        raise _wrong("debounce is from 0.1 s to an hour: how long a file has to be quiet.", "debounce")
    return float(given)


def _wrong(message: str, field: str) -> Invalid:
    return Invalid(message, code="files_invalid", field=f"files.{field}" if field else "files")

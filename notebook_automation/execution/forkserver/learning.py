"""Learns what notebooks import, so that their kernels find it imported."""

from __future__ import annotations

import ast
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from .eligibility import fit_to_preload

REMEMBERED = 200
"""Sessions per kernel name that the choice looks back on."""


def imports_in(sources: Iterable[str]) -> list[str]:
    """Names of the modules that cells import, in order, each once.

    A cell that is not plain Python (magics on some lines) is read without the lines that are not. `from a import b`
    gives `a`; relative imports give nothing.
    """
    found: dict[str, None] = {}
    for source in sources:
        for node in ast.walk(_parsed(source)):
            if isinstance(node, ast.Import):
                found.update(dict.fromkeys(alias.name for alias in node.names))
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found[node.module] = None
    return list(found)


def _parsed(source: str) -> ast.Module:
    try:
        return ast.parse(source)
    except SyntaxError:
        pass
    if source.lstrip().startswith("%%"):
        return ast.Module([], [])
    lines = [_without_magic(line) for line in source.splitlines()]
    try:
        return ast.parse("\n".join(lines))
    except SyntaxError:
        return ast.Module([], [])


def _without_magic(line: str) -> str:
    """The line itself, or `pass` in its place if it is IPython's own syntax."""
    text = line.strip()
    if text.startswith(("%", "!", "?")) or text.endswith("?"):
        return line[: len(line) - len(line.lstrip())] + "pass"
    return line


class ImportHistory:
    """What the last sessions of each kernel imported, in one small JSON file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def record(self, kernel_name: str, modules: Sequence[str]) -> None:
        """Add one session. Two writers at the same moment may lose one record, never the file."""
        known = self._load()
        sessions = [*known.pop(kernel_name, []), list(modules)][-REMEMBERED:]
        self._save({**known, kernel_name: sessions})

    def kernel_names(self) -> list[str]:
        """Kernels that sessions ran in, the last one first."""
        return list(reversed(self._load()))

    def preload(self, kernel_name: str, share: float = 0.1) -> list[str]:
        """Modules that at least this share of the last sessions imported, the most frequent first."""
        sessions = self._load().get(kernel_name, [])
        counts = Counter(module for session in sessions for module in dict.fromkeys(session))
        often = [m for m, times in counts.most_common() if times >= share * len(sessions)]
        return fit_to_preload(often)

    def _load(self) -> dict[str, list[list[str]]]:
        try:
            known = json.loads(self.path.read_text())
        except (OSError, ValueError):
            return {}
        return known if isinstance(known, dict) else {}

    def _save(self, known: dict[str, list[list[str]]]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fd, name = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name)
        with open(fd, "w") as file:
            json.dump(known, file)
        os.replace(name, self.path)

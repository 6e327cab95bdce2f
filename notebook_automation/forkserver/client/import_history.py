"""Remembers what notebooks import, so that their kernels find it imported."""

from __future__ import annotations

import ast
import json
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from .eligibility import fit_to_preload

REMEMBERED = 200
"""Sessions per kernel name that the choice looks back on."""
MOST_LATER = 300
"""Modules beside those that a notebook names."""


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


@dataclass(slots=True)
class _Known:
    """What is known from the sessions of one kernel.

    ``sessions``: what each of the last notebooks names, the newest last. ``later``: for those names, joined by spaces,
    what the kernel loaded beside them, as long as there is such a session.
    """

    sessions: list[list[str]] = field(default_factory=list)
    later: dict[str, list[str]] = field(default_factory=dict)

    def add(self, modules: Sequence[str], later: Sequence[str]) -> None:
        """One more session; see `ImportHistory.record`."""
        self.sessions = [*self.sessions, list(modules)][-REMEMBERED:]
        names = " ".join(modules)
        if later and not set(modules) & set(later):
            self.later[names] = list(dict.fromkeys([*self.later.get(names, []), *later]))[:MOST_LATER]
        remembered = {" ".join(session) for session in self.sessions}
        self.later = {names: later for names, later in self.later.items() if names in remembered}


class ImportHistory:
    """What the last sessions of each kernel imported, in one small JSON file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def record(self, kernel_name: str, modules: Sequence[str], later: Sequence[str] = ()) -> None:
        """Add one session. Two writers at the same moment may lose one record, never the file.

        ``later``: modules that its kernel loaded beside ``modules``, at functions' first calls. A kernel that finds
        them loaded cannot tell whether it needs them: they are kept for as long as sessions import the same. Where a
        kernel still had to load what its notebook names, the rest says nothing yet.
        """
        known = self._load()
        of_kernel = known.pop(kernel_name, _Known())
        of_kernel.add(modules, later)
        self._save({**known, kernel_name: of_kernel})

    def kernel_names(self) -> list[str]:
        """Kernels that sessions ran in, the last one first."""
        return list(reversed(self._load()))

    def preload(self, kernel_name: str, share: float = 0.1) -> list[str]:
        """Modules that at least this share of the last sessions imported, the most frequent first."""
        known = self._load().get(kernel_name, _Known())
        counts = Counter(
            module
            for session in known.sessions
            for module in dict.fromkeys([*session, *known.later.get(" ".join(session), ())])
        )
        often = [m for m, times in counts.most_common() if times >= share * len(known.sessions)]
        return fit_to_preload(often)

    def _load(self) -> dict[str, _Known]:
        """A file that cannot be read, or is of another version, holds nothing: sessions fill it anew."""
        try:
            known = json.loads(self.path.read_text())
            return {name: _Known(list(one["sessions"]), dict(one["later"])) for name, one in known.items()}
        except (OSError, ValueError, TypeError, AttributeError, KeyError):
            return {}

    def _save(self, known: dict[str, _Known]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fd, name = tempfile.mkstemp(dir=self.path.parent, prefix=self.path.name)
        with open(fd, "w") as file:
            json.dump({name: asdict(one) for name, one in known.items()}, file)
        os.replace(name, self.path)

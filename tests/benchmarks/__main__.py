"""Runs the benchmarks and prints their tables: `python -m tests.benchmarks [name …]`.

Every module of this folder that has ``run() -> Table`` is one. They are no tests: on a busy machine trust the ratios.
"""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

from tests.benchmarks.table import machine

FOLDER = Path(__file__).parent


def names() -> list[str]:
    """Return the benchmarks' names."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if "\ndef run(" in path.read_text(encoding="utf-8"))


def main(wanted: list[str]) -> int:
    """Run the ``wanted`` benchmarks, all where none is named; return the exit code."""
    unknown = set(wanted) - set(names())
    if unknown:
        print(f"There is no benchmark {', '.join(sorted(unknown))}: there are {', '.join(names())}.", file=sys.stderr)
        return 2
    print(f"{machine()}\n")
    for name in wanted or names():
        print(import_module(f"tests.benchmarks.{name}").run(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Reads Python programs without running them: which names a call can find in them."""

from __future__ import annotations

import ast
from pathlib import Path

_LARGEST = 5 * 1024 * 1024


def names_in(path: Path) -> frozenset[str] | None:
    """Return every name that the program at ``path`` defines, assigns or imports anywhere.

    None where that does not show: it is no Python, it is too large, it imports ``*`` or makes names as they are asked
    for. Raises OSError.
    """
    if path.stat().st_size > _LARGEST:
        return None
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
        elif isinstance(node, ast.alias):
            names.add(node.asname or node.name.partition(".")[0])
    return None if names & {"*", "__getattr__"} else frozenset(names)

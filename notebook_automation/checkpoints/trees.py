"""scikit-learn's trees: arrays that look into a tree's memory are made again from the tree.

scikit-learn is used where the notebook has imported it, and never imported here.
"""

from __future__ import annotations

from typing import Any

from .errors import CannotSave

_PARTS = ("nodes", "values")
"""Of a tree's state: arrays in its own memory."""


def is_tree(value: Any) -> bool:
    """Whether ``value`` is the memory of a decision tree."""
    return type(value).__name__ == "Tree" and type(value).__module__ == "sklearn.tree._tree"


def own_arrays(reduced: Any) -> list[Any]:
    """Return the arrays of a tree's state, of what its ``__reduce__`` gave: they are saved as they are."""
    return [reduced[2][part] for part in _PARTS]


def reduced_part(array: Any, tree: Any) -> Any:
    """Return how an array in a tree's memory is made again. Raises CannotSave for one that is not a part of it."""
    state = tree.__getstate__()
    for part in _PARTS:
        if _is_same(array, state[part]):
            return part_of, (tree, part)
    raise CannotSave("an array in the memory of a Tree")


def part_of(tree: Any, part: str) -> Any:
    """Return a part of a tree, in the tree's memory."""
    return tree.__getstate__()[part]


def _is_same(one: Any, other: Any) -> bool:
    here, there = one.__array_interface__, other.__array_interface__
    return all(here[key] == there[key] for key in ("data", "shape", "strides", "descr"))

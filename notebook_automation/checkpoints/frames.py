"""pandas: frames that share memory until one of them is written to do so again, and know of each other.

pandas parts them by what each piece of memory knows of those that use it (its ``BlockValuesRefs``), which its own way
of pickling leaves out: both would change when one is written to. pandas is used where the notebook has imported it, and
never imported here.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

_MANAGERS = "pandas.core.internals.managers"
_REFERENCES = "BlockValuesRefs"
_MOST_UNUSED = 2
"""By how much the memory of pieces may be larger than what they hold: parts of columns keep whole ones."""


class AsPandasSays:
    """Stands for the memory of a frame that is pickled as pandas does it."""

    def __init__(self, manager: Any) -> None:
        self.manager = manager


def is_of_pandas(kind: type) -> bool:
    """Whether `reduced_of_pandas` is to be asked for objects of this class."""
    return kind is AsPandasSays or kind.__module__.startswith("pandas")


def reduced_of_pandas(value: Any) -> Any:
    """Return how something of pandas is made again, None where that is as pandas says."""
    kind = type(value)
    if kind is AsPandasSays:
        make, given, *state = value.manager.__reduce_ex__(5)
        # What is known by that name is looked at by pickle: it would have to be of this object's class.
        return (make_new if make.__name__ == "__newobj__" else make, given, *state)
    if kind.__name__ == _REFERENCES:
        return make_references, ()
    if kind.__module__ == _MANAGERS:
        return _reduced_manager(value)
    if getattr(value, "__dict__", {}).get("_references") is not None:
        return _reduced_index(value)
    return _reduced_column(value)


def make_new(kind: type, *given: Any) -> Any:
    """Return a new object, for its state to follow."""
    return kind.__new__(kind, *given)


def make_references() -> Any:
    """Return what is to know who uses a piece of memory; nobody does yet."""
    return sys.modules["pandas"]._libs.internals.BlockValuesRefs()


def make_manager(manager: Any, references: Sequence[Any]) -> Any:
    """Let each block of a frame's memory be known by ``references``, one for each; return the memory."""
    for block, known in zip(manager.blocks, references, strict=True):
        block.refs = known
        known.add_reference(block)
    return manager


def make_index(make: Callable[..., Any], given: tuple[Any, ...], references: Any) -> Any:
    """Return the index that ``make`` makes of what is ``given``, known as a user of its memory."""
    index = make(*given)
    index._references = references
    references.add_index_reference(index)
    return index


def _reduced_manager(manager: Any) -> Any:
    references = [block.refs for block in manager.blocks]
    if not _copies_on_write() or not any(one.has_reference() for one in references):
        return None
    return make_manager, (AsPandasSays(manager), references)


def _reduced_index(index: Any) -> Any:
    reduced = index.__reduce_ex__(5)
    if not _copies_on_write() or not index._references.has_reference() or any(reduced[2:]):
        return None
    return make_index, (*reduced[:2], index._references)


def _reduced_column(column: Any) -> Any:
    """Of a column of Arrow's: pandas would copy its pieces into one first, each time."""
    pieces: Any = getattr(column, "_pa_array", None)
    if not getattr(pieces, "num_chunks", 0) or pieces.get_total_buffer_size() > _MOST_UNUSED * pieces.nbytes:
        return None
    state = {name: value for name, value in vars(column).items() if name != "_cache"}
    # Its __setstate__ makes one column of them.
    return object.__new__, (type(column),), state | {"_pa_array": pieces.chunks}


def _copies_on_write() -> bool:
    pandas: Any = sys.modules["pandas"]
    if int(pandas.__version__.partition(".")[0]) >= 3:
        return True
    return pandas.options.mode.copy_on_write is True

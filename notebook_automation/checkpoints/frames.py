"""pandas: what it shares only until somebody writes is saved apart, or both would change when one is written to.

pandas is used where the notebook has imported it, and never imported here.
"""

from __future__ import annotations

import sys
from typing import Any


def is_manager(value: Any) -> bool:
    """Whether ``value`` holds the memory of a frame or series."""
    return type(value).__module__ == "pandas.core.internals.managers"


def reduced_manager(manager: Any) -> Any:
    """Return how the memory of a frame is made again; None where it shares nothing that writing would part."""
    if not _copies_on_write() or not any(block.refs.has_reference() for block in manager.blocks):
        return None
    return manager.copy(deep=True).__reduce_ex__(5)


def _copies_on_write() -> bool:
    pandas: Any = sys.modules["pandas"]
    if int(pandas.__version__.partition(".")[0]) >= 3:
        return True
    return pandas.options.mode.copy_on_write is True

"""What unpickling needs of the process it happens in: the namespace of the notebook, and the way to other names."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any


def _nothing_is_being_restored(name: str) -> Any:
    raise LookupError(f"{name!r} is asked for, and no checkpoint is being restored")


class Live:
    """``namespace`` is the notebook's; ``load`` returns what a name holds in the checkpoint that is being restored."""

    def __init__(self) -> None:
        self.namespace: MutableMapping[str, Any] = {}
        self.load: Callable[[str], Any] = _nothing_is_being_restored
        self.rehearsing = False
        """Nothing outside of this process is to be changed: files are opened for reading alone."""


LIVE = Live()
"""A kernel has one notebook. Pickles name functions, not objects, so that this cannot travel along with them."""


def definition(name: str) -> Any:
    """Return a function or class of the notebook that another name's pickle refers to."""
    return LIVE.load(name)


def attribute(name: str, path: str) -> Any:
    """Return what stands at a dotted ``path`` below a class of the notebook: a method, a class within it."""
    found = LIVE.load(name)
    for part in path.split("."):
        found = getattr(found, part)
    return found

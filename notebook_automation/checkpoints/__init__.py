"""Checkpoints of a running notebook: what its names hold after each cell, restored in the same kernel or in another.

`Checkpointer` saves and restores, a `Manifest` is one checkpoint as data. The package knows nothing of the product
around it; it needs IPython and cloudpickle, and imports no library that the notebook has not imported itself.
"""

from __future__ import annotations

from .checkpointer import Checkpointer
from .errors import CannotSave, DamagedCheckpoint, NotResumable
from .manifest import Group, Manifest, Unsaved
from .records import manifest_digest

__all__ = [
    "CannotSave", "Checkpointer", "DamagedCheckpoint", "Group", "Manifest", "NotResumable", "Unsaved", "manifest_digest"
]  # fmt: skip

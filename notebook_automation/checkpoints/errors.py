"""What cannot be saved, and what cannot be resumed: errors whose messages a person can act on."""

from __future__ import annotations


class CannotSave(Exception):
    """An object lives partly outside of the process, or cannot be made again; the message says what it is."""


class NotResumable(Exception):
    """A checkpoint cannot be restored here; the message names what stands in the way and what to do about it."""


class DamagedCheckpoint(NotResumable):
    """A blob is gone, or does not have the content that its name says."""

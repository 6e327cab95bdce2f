"""The nouns that `%automation` knows: a new one adds its module here and nowhere else."""

from __future__ import annotations

from . import artifacts, events, inquiries, sessions, triggers

NOUNS = (sessions.NOUN, triggers.NOUN, artifacts.NOUN, events.NOUN, inquiries.NOUN)
"""In the order in which their commands are listed."""

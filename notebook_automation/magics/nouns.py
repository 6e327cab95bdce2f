"""The nouns that `%automation` knows: a new one adds its module here and nowhere else."""

from __future__ import annotations

from . import artifacts, events, inquiries, notifications, sessions, triggers

NOUNS = (sessions.NOUN, triggers.NOUN, artifacts.NOUN, events.NOUN, inquiries.NOUN, notifications.NOUN)
"""In the order in which their commands are listed."""

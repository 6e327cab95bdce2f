"""The nouns that `%automation` knows: a new one adds its module here and nowhere else."""

from __future__ import annotations

from . import artifacts, events, inbox, inquiries, notifications, sessions, triggers

NOUNS = (sessions.NOUN, triggers.NOUN, artifacts.NOUN, events.NOUN, inbox.NOUN, inquiries.NOUN, notifications.NOUN)
"""In the order in which their commands are listed."""

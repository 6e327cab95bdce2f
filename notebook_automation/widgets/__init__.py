"""Live ipywidgets in a notebook: what runs, how far it is, and the buttons to end it or run it again."""

from __future__ import annotations

from .session import SessionWidget

__all__ = ["SessionWidget"]

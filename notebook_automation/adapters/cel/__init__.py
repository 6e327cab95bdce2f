"""Filters and mappings in CEL: Google's C++ implementation evaluates, a parser explains."""

from __future__ import annotations

from .filters import Filters

__all__ = ["Filters"]

"""The tables, a file for each noun. Times are epoch seconds (double precision), ids are text that sorts by time.

A row that points to a definition keeps its id and its ``*_ref`` text: deleting the definition sets the id to null and
leaves the text, so that history stays readable.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from sqlalchemy import MetaData

from .base import metadata


def described_schema() -> MetaData:
    """Return the schema with the tables of all nouns, as migrations and their tests compare it."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return metadata

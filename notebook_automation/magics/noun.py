"""What a noun brings to the magics: its commands, its table, its card, the names that Tab completes."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from notebook_automation.sdk.client import Client

from .markup import Shown

NamesOf = Callable[[Client], Iterable[str]]
"""Asks the server for the names that may be typed; the client has little patience."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One command of `%automation`.

    ``arguments`` adds its options to a parser; ``act`` takes the shell and what was given; ``names`` completes its
    names.
    """

    summary: str
    example: str
    act: Callable[[Any, argparse.Namespace], Any]
    arguments: Callable[[argparse.ArgumentParser], None] = lambda parser: None
    names: NamesOf | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """One noun. ``plural`` is what `%automation list` calls it, and its path under our REST unless ``path`` is another.

    ``row`` gives one item's cells under ``columns``; ``empty`` is the sentence for an empty list; ``filters`` are the
    options of `list` that it understands, beside ``--project`` and ``--limit``. ``card`` shows one item, whose id
    begins with ``id_prefix`` ("" where its things are those of another noun). ``commands`` are its own, by name.
    ``of_project`` is the query for the items of a project by its name.
    """

    plural: str
    columns: tuple[str, ...]
    row: Callable[[Mapping[str, Any]], tuple[object, ...]]
    empty: str
    filters: frozenset[str]
    id_prefix: str
    card: Callable[[Mapping[str, Any]], Shown]
    commands: Mapping[str, Command] = field(default_factory=dict)
    path: str = ""
    of_project: Callable[[str], Mapping[str, Any]] = lambda name: {"project": name}

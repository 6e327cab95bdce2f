"""What a filter (a CEL expression over an event) answers, and its limits: values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

STANDARD = ("data", "event_type")
"""What an expression over an event reads."""
COLLECTED = (*STANDARD, "events")
"""What a mapping reads where events are collected for one session; the others are those of the last event."""
ClauseKind = Literal["all", "any", "not", "if", "test"]


@dataclass(frozen=True, slots=True)
class FilterLimits:
    """Bounds that keep every filter, whoever wrote it and whatever it meets, within milliseconds.

    ``text_bytes``: UTF-8 bytes of one expression. ``nesting``: brackets within brackets.
    ``macro_nesting``: ``all``/``exists``/``map``/``filter`` within each other.
    ``payload_depth``: levels of lists and objects in the variables; ``payload_values``: values in them.
    ``work``: worst-case units (about 2 ns each) that one evaluation may take.
    ``programs``: compiled expressions kept. ``clauses``: leaves of one explanation.
    ``shown_chars`` / ``shown_items``: size of a value shown in an explanation.
    """

    text_bytes: int = 4096
    nesting: int = 32
    macro_nesting: int = 3
    payload_depth: int = 100
    payload_values: int = 250_000
    work: int = 25_000_000
    programs: int = 4096
    clauses: int = 64
    shown_chars: int = 200
    shown_items: int = 20


@dataclass(frozen=True, slots=True)
class FilterOutcome:
    """The answer to one event. ``error`` is why there is no answer; an error never matches."""

    matched: bool
    error: str | None = None


MATCHED = FilterOutcome(matched=True)
NOT_MATCHED = FilterOutcome(matched=False)


@dataclass(frozen=True, slots=True)
class Clause:
    """One part of a filter and what became of it.

    ``kind`` says how ``parts`` combine: ``all`` (``&&``), ``any`` (``||``), ``not`` (``!``), ``if``
    (``? :``: condition, then, else); a ``test`` has no parts. ``result`` is None where there is an ``error``
    (or, in a branch of ``if``, where the value is no truth value). ``values`` maps the dotted paths that a
    test reads to the JSON values seen, cut to size; a path that the event lacks is absent.
    """

    text: str
    result: bool | None
    error: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    kind: ClauseKind = "test"
    parts: tuple[Clause, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a filter did or did not match: the outcome, the tree of clauses, and its tests in source order.

    What is negated is one test, as it stands: ``!draft``.
    """

    outcome: FilterOutcome
    tree: Clause
    clauses: tuple[Clause, ...]

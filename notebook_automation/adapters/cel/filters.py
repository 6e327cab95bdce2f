"""The public face of CEL: check, evaluate, match many, map values, explain, and list the fields that are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.filters import MATCHED, NOT_MATCHED, STANDARD, Explanation, FilterLimits, FilterOutcome

from .bounds import Measure
from .environment import Names, environment
from .explanation import Explainer
from .field_paths import dotted, paths, with_lower_headers
from .large_integers import is_inexact, passed_on
from .program import Program, Programs, error_sentence, sorted_names
from .syntax import Node, parse
from .values import Sizes, UnusableValue, as_json, prepared

# What the binding raises for its own errors and for values that Python cannot hold: a year 10,000, an optional value.
_EVALUATOR_ERRORS = (RuntimeError, ValueError, TypeError, OverflowError, SystemError)
_LONGEST_MESSAGE = 1000


@dataclass(frozen=True, slots=True)
class _Event:
    """Variables in the evaluator's own form, converted once for all expressions; or why they cannot be."""

    names: Names
    activation: Any
    measure: Measure
    values: Mapping[str, Any]
    sizes: Sizes
    error: str | None = None


class Filters:
    """Expressions in CEL (https://cel.dev, with its standard extensions) over the variables of an event.

    Variables are JSON-like: dict, list, str, int, float, bool, None, and bytes. Integers stay integers; those
    beyond 64 bits become doubles. Names of headers are compared in lower case: constant look-ups in
    ``data.headers`` may be written in any case. One object serves all threads. No method raises anything but
    ``Invalid``, and none takes longer than tens of milliseconds, whatever the expression and the event.
    """

    def __init__(self, limits: FilterLimits | None = None) -> None:
        self.limits = limits or FilterLimits()
        self._programs = Programs(self.limits)

    def check(self, text: str, variables: Sequence[str] = STANDARD) -> None:
        """Raise ``Invalid`` (``filter_invalid``; details ``line``, ``column``, ``position``) unless it is a filter.

        An expression that surely gives something else than true or false is no filter.
        """
        program = self._programs.get(text, sorted_names(variables))
        if program.gives.startswith("optional"):
            raise _no_filter("may be nothing at all: end it with .orValue(false)")
        if program.gives not in ("BOOL", "DYN"):
            raise _no_filter(f"gives {program.gives.lower()}: compare it to something")

    def check_value(self, text: str, variables: Sequence[str] = STANDARD) -> None:
        """Like ``check``, for an expression that may give any value, as a mapping does."""
        self._programs.get(text, sorted_names(variables))

    def evaluate(self, text: str, variables: Mapping[str, Any]) -> FilterOutcome:
        """Whether the event matches. What goes wrong is the outcome's ``error``; nothing is raised."""
        return self._outcome(text, self._event(variables))

    def match_many(self, texts: Sequence[str], variables: Mapping[str, Any]) -> list[FilterOutcome]:
        """The outcome of each filter for one event, in the order of ``texts``; the event is converted once."""
        event = self._event(variables)
        if event.error is not None:
            return [FilterOutcome(matched=False, error=event.error)] * len(texts)
        outcomes: list[FilterOutcome] = []
        for text, program in zip(texts, self._programs.kept(texts, event.names), strict=True):
            if program is None or not program.affords(event.measure):
                outcomes.append(self._outcome(text, event))
                continue
            # Written out, as a call for each of a thousand filters is a fifth of the time.
            try:
                result = program.evaluate.eval(event.activation)
                value = result.value()
                if value is True:
                    outcomes.append(MATCHED)
                    continue
                if value is False:
                    outcomes.append(NOT_MATCHED)
                    continue
                value, message = _read(result, value)
            except _EVALUATOR_ERRORS as error:
                value, message = None, str(error)
            problem = None if message is None else self._sentence(program, event, message)
            outcomes.append(_not_a_boolean(value, problem))
        return outcomes

    def evaluate_value(self, text: str, variables: Mapping[str, Any]) -> Any:
        """The JSON value of an expression, for ``--map name=CEL``.

        Bytes come as base64, times as RFC 3339, durations as ``"1.5s"``. A field that holds a whole number beyond 64
        bits comes as it is; what computes with one gives no value rather than another number. Raises ``Invalid``:
        ``filter_invalid`` where the expression is none, ``mapping_failed`` where it has no value for this event.
        """
        event = self._event(variables)
        program = self._programs.get(text, event.names)
        value, error = self._value(program, event)
        if error is None:
            whole = passed_on(program.root, program.text, variables)
            if whole is not None:
                return whole
            if is_inexact(value, variables):
                error = (
                    "the event has a whole number beyond 64 bits, which this would round: map the field alone, as in "
                    "data.json.id, and compute with it in the notebook"
                )
        if error is None:
            try:
                return as_json(value)
            except UnusableValue as unusable:
                error = str(unusable)
        raise Invalid(f"The mapping {text!r} gave no value: {error}", code="mapping_failed", expression=text)

    def explain(self, text: str, variables: Mapping[str, Any]) -> Explanation:
        """The outcome clause by clause, each with the values that it read.

        Every clause is evaluated, those too that ``&&`` and ``||`` skip; a skipped clause with an error does
        not spoil the outcome. Raises ``Invalid`` (``filter_invalid``) where the text is no expression.
        """
        event = self._event(variables)
        self._programs.get(text, event.names)

        def outcome(part: str) -> FilterOutcome:
            return self._outcome(part, event)

        return Explainer(outcome, event.values, self.limits).explain(text, parse(text, self.limits))

    def fields(self, text: str) -> frozenset[str]:
        """The dotted paths that an expression reads: what an index of filters by field needs.

        ``data.json["action"] == "opened" && event_type == "post"`` reads ``{"data.json.action", "event_type"}``.
        A path ends where a position or a computed key begins (``data.json.items[0].id`` reads
        ``data.json.items``) and before a key with a dot in it. Variables of loops are not fields; the list
        they run over is. Names of headers are in lower case. Raises ``Invalid`` (``filter_invalid``).
        """
        lowered = with_lower_headers(text, parse(text, self.limits))
        return frozenset(dotted(names) for names in paths(parse(lowered, self.limits)))

    def _event(self, variables: Mapping[str, Any]) -> _Event:
        names = sorted_names(tuple(variables))
        try:
            env = environment(names)
            values, measure = prepared(variables, self.limits)
        except (UnusableValue, Invalid) as error:
            return _Event(names, None, Measure(0, 0), {}, Sizes({}), f"No expression can read this event: {error}")
        return _Event(names, env.Activation(values), measure, values, Sizes(values))

    def _outcome(self, text: str, event: _Event) -> FilterOutcome:
        try:
            program = self._programs.get(text, event.names)
        except Invalid as error:
            return FilterOutcome(matched=False, error=error.message)
        return self._answer(program, event)

    def _answer(self, program: Program, event: _Event) -> FilterOutcome:
        value, problem = self._value(program, event)
        if value is True:
            return MATCHED
        if value is False:
            return NOT_MATCHED
        return _not_a_boolean(value, problem)

    def _value(self, program: Program, event: _Event) -> tuple[Any, str | None]:
        """The value and None, or None and the error."""
        value, message = _raw(program, event)
        return value, None if message is None else self._sentence(program, event, message)

    def _sentence(self, program: Program, event: _Event, message: str) -> str:
        """The evaluator's ``message`` in words that name the part of the event that it is about, where there is one."""

        def ask(part: Node) -> tuple[Any, str | None]:
            try:
                return _raw(self._programs.get(program.text[part.start : part.end], event.names), event)
            except Invalid as error:
                return None, error.message

        # A key that is not there may be a text of a megabyte, and sentences are remembered.
        message = message[:_LONGEST_MESSAGE]
        return error_sentence(program.reasons.sentence(message, event.values, ask) or message)


def _raw(program: Program, event: _Event) -> tuple[Any, str | None]:
    """The value and None, or None and what the evaluator says."""
    if event.error is not None:
        return None, event.error
    measure = event.measure
    if not program.affords(measure) and not program.affords_this(measure, event.sizes.of):
        return None, "The event is too large for what this expression does with it: simplify the expression"
    try:
        result = program.evaluate.eval(event.activation)
        return _read(result, result.value())
    except _EVALUATOR_ERRORS as error:
        return None, str(error)


def _read(result: Any, value: Any) -> tuple[Any, str | None]:
    if value is True or value is False:
        return value, None
    if result.type().name() == "ERROR":
        return None, str(value)
    return result.plain_value(), None


def _no_filter(what: str) -> Invalid:
    sentence = f"A filter must give true or false, and this {what}"
    return Invalid(sentence, code="filter_invalid", line=1, column=1, position=0)


def _not_a_boolean(value: Any, problem: str | None) -> FilterOutcome:
    if problem is None:
        problem = f"A filter must give true or false, and this gave {_type_name(value)}"
    return FilterOutcome(matched=False, error=problem)


def _type_name(value: Any) -> str:
    if value is None:
        return "null"
    names = {str: "a string", int: "a number", float: "a number", list: "a list", dict: "an object"}
    return names.get(type(value), f"a {type(value).__name__}")

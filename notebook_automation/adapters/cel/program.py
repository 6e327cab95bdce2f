"""One expression, checked and compiled for one set of variable names, and the bounded store of such programs."""

from __future__ import annotations

import math
import re
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.filters import FilterLimits

from .bounds import Measure
from .call_costs import largest_integer
from .cost import SizeOf, worst_case
from .environment import Names, environment
from .field_paths import deepest_macro, walk, with_lower_headers
from .reasons import Reasons
from .scan import invalid, mask
from .syntax import Node, parse

_OPTIONAL = "optional_type"  # the evaluator's name for what may be none
_COMPILER_LINE = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): ([^\n]*)")
_TWO_NUMBERS = re.compile(
    r"no matching overload for '(?:_(?:[<>]=?|[!=]=|\?_:)_|@in)' applied to "
    r"'\((?:bool, )?(?:int, double|double, int|int, list\(double\)|double, list\(int\))\)'"
)
_STATUS = re.compile(r"^[A-Z_]+: ")
_UNKNOWN = re.compile(r"undeclared reference to '([^']*)'")
_NO_KEY = re.compile(r"Key not found in map : (.*)\Z", re.DOTALL)
_HINTS = (
    (re.compile(r"\[\s*\*\s*\]"), "CEL has no [*]: write list.exists(item, item.name == …)"),
    (re.compile(r"(?<![=!<>])=(?!=)"), "To compare, write == instead of ="),
    (re.compile(r"\b(and|or|not)\b"), "Write &&, || and ! for and, or and not"),
    (re.compile(r"(?<!&)&(?!&)|(?<!\|)\|(?!\|)"), "Write && and ||, each with two characters"),
    (re.compile(r"\bNone\b|\bTrue\b|\bFalse\b"), "Write null, true and false in lower case"),
    (re.compile(r"\bis\b"), "To compare, write == instead of is"),
)


@dataclass(eq=False, slots=True)
class Program:
    """A compiled expression. ``evaluate`` is the evaluator's own object; ``gives`` its static type, DYN if open."""

    text: str
    root: Node
    evaluate: Any
    gives: str
    work: int
    _sizes: dict[int, int] = field(default_factory=dict)
    reasons: Reasons = field(init=False)

    def __post_init__(self) -> None:
        self.reasons = Reasons(self.root)

    def affords(self, event: Measure) -> bool:
        """Whether the worst case on such events stays within the budget: one look-up once a length was seen."""
        band = event.length.bit_length()
        largest = self._sizes.get(band)
        if largest is None:
            largest = self._sizes[band] = self._largest_size(2**band)
        return event.size <= largest

    def affords_this(self, event: Measure, size_of: SizeOf) -> bool:
        """Whether this very event does, judged by the fields that are read: for what ``affords`` refuses."""
        return worst_case(self.root, event, size_of) <= self.work

    def _largest_size(self, length: int) -> int:
        """The largest size of an event, a power of two, that the budget allows for lists of ``length``; or 0."""
        fits, exceeds = 7, 41
        while exceeds - fits > 1:
            middle = (fits + exceeds) // 2
            if worst_case(self.root, Measure(length, 2**middle)) <= self.work:
                fits = middle
            else:
                exceeds = middle
        return 2**fits if fits > 7 else 0


class Programs:
    """Compiles, and keeps the most recently used programs. Safe to share between threads."""

    def __init__(self, limits: FilterLimits) -> None:
        self.limits = limits
        self._kept: OrderedDict[tuple[str, Names], Program] = OrderedDict()
        self._refused: OrderedDict[tuple[str, Names], Invalid] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, text: str, names: Names) -> Program:
        """The program for ``text``; raises ``Invalid`` (``filter_invalid``). ``names`` are sorted."""
        key = (text, names)
        with self._lock:
            program = self._kept.get(key)
            if program is not None:
                self._kept.move_to_end(key)
                return program
            refused = self._refused.get(key)
        if refused is not None:
            raise Invalid(refused.message, code=refused.code, **refused.details)
        # Compiled outside the lock: two threads may do it twice, none waits a millisecond for another.
        try:
            program = compiled(text, names, self.limits)
        except Invalid as error:
            if len(text) <= self.limits.text_bytes:
                self._keep(self._refused, key, error, 256)
            raise
        self._keep(self._kept, key, program, self.limits.programs)
        return program

    def kept(self, texts: Sequence[str], names: Names) -> list[Program | None]:
        """The programs that need no compiling, in one go; None for the others."""
        kept, found = self._kept, []
        with self._lock:
            for text in texts:
                key = (text, names)
                program = kept.get(key)
                if program is not None:
                    kept.move_to_end(key)
                found.append(program)
        return found

    def _keep(self, store: OrderedDict[tuple[str, Names], Any], key: tuple[str, Names], value: Any, most: int) -> None:
        with self._lock:
            store[key] = value
            while len(store) > most:
                store.popitem(last=False)

    def __len__(self) -> int:
        return len(self._kept)


def sorted_names(names: Sequence[str]) -> Names:
    return tuple(sorted(names))


def compiled(text: str, names: Names, limits: FilterLimits, *, env: Any = None, checked: bool = True) -> Program:
    """Check and compile; raises ``Invalid`` (``filter_invalid``) that says where and what to do.

    ``env`` and ``checked`` are for other rules of names and types than a filter's, as the specification's own
    cases have them.
    """
    masked = mask(text, limits)
    env = env or environment(names)
    evaluate = _compile(env, text, masked, names, checked)
    root = parse(text, limits)
    macros, innermost = deepest_macro(root)
    if macros > limits.macro_nesting:
        sentence = f"More than {limits.macro_nesting} of all, exists, map and filter within each other"
        raise invalid(text, innermost.start, f"{sentence}: decide the rest in the notebook")
    lowered = with_lower_headers(text, root)
    if lowered != text:
        evaluate = _compile(env, lowered, masked, names, checked)
        root = parse(lowered, limits)
    gives = evaluate.return_type().name()
    if gives.startswith(_OPTIONAL):
        # Python cannot hold an optional value: it is its value, or null.
        evaluate = _compile(env, f"({lowered}\n).optMap(value, dyn(value)).orValue(null)", masked, names, checked)
    program = Program(lowered, root, evaluate, gives, limits.work)
    _check_functions(text, root)
    if not program.affords(Measure(1, 2**8)):
        raise invalid(text, root.start, "The expression takes too much work even for a small event: simplify it")
    return program


def _check_functions(text: str, root: Node) -> None:
    """Raise ``Invalid`` for what the evaluator's build lacks, and for a list as long as a number of the event says."""
    for node, _ in walk(root):
        if node.name in ("transformMap", "transformMapEntry") and node.kind == "method":
            raise invalid(text, node.start, f"There is no {node.name} here: use map or transformList")
        if node.name == "lists.range" and math.isinf(largest_integer(node.args[0], lambda _: 0)):
            sentence = "lists.range needs a number that cannot be too large: write lists.range(math.least(…, 1000))"
            raise invalid(text, node.start, sentence)


def _compile(env: Any, text: str, masked: str, names: Names, checked: bool) -> Any:
    try:
        return env.compile(text, disable_check=not checked)
    except RuntimeError as error:
        if not _is_about_numbers(str(error)):
            raise _refusal(text, masked, names, str(error)) from error
    # The check alone keeps integers and doubles apart; the evaluator compares them, as JSON's one kind of number.
    return env.compile(text, disable_check=True)


def _is_about_numbers(message: str) -> bool:
    """Whether all that the check minds is an integer beside a double: ``data.total * 1.19 > 100``."""
    problems = [found[3] for found in _COMPILER_LINE.finditer(message)]
    return bool(problems) and all(_TWO_NUMBERS.search(problem) for problem in problems)


def _refusal(text: str, masked: str, names: Names, message: str) -> Invalid:
    problems = list(_COMPILER_LINE.finditer(message))
    found = next((each for each in problems if not _TWO_NUMBERS.search(each[3])), None)
    line, column, sentence = (int(found[1]), int(found[2]), found[3]) if found else (1, 1, message.split("\n")[0])
    if "recursion" in sentence:
        return invalid(text, 0, "More than 32 operators or brackets within each other: simplify the expression")
    lines = text.split("\n")
    position = sum(len(each) + 1 for each in lines[: max(line, 1) - 1]) + max(column, 1) - 1
    position = max(0, min(position, len(text)))
    unknown = _UNKNOWN.search(sentence)
    if unknown and unknown[1]:
        called = text[position : position + 1] == "("
        # The compiler points at the dot or the bracket behind the name.
        named = [m.start() for m in re.finditer(rf"\b{re.escape(unknown[1])}\b", masked[: position + len(unknown[1])])]
        position = named[-1] if named else position
        if called:
            use = "use those of CEL and its standard extensions"
            return invalid(text, position, f"There is no function {unknown[1]}: {use}")
        known = " and ".join(names) or "nothing"
        return invalid(text, position, f"Nothing is called {unknown[1]} here: an expression can read {known}")
    for pattern, hint in _HINTS:
        if pattern.search(masked):
            return invalid(text, position, hint)
    sentence = re.sub(r", expecting .*| expecting .*", "", _STATUS.sub("", sentence)).rstrip(". ")
    return invalid(text, position, f"{sentence}: correct the expression here")


@lru_cache(maxsize=4096)
def error_sentence(message: str) -> str:
    """An error of the evaluator as a short sentence, without its status names and never with a whole payload."""
    message = re.sub(r" \[[A-Z_]+\]\Z", "", _STATUS.sub("", message.strip()))
    missing = _NO_KEY.search(message)
    if missing:
        message = f"There is no {missing[1]} in this event; has(…) tests whether a field is there"
    elif "Unable to convert function return value" in message or "with an exception set" in message:
        message = "The result holds a value that may be nothing at all: end it with .orValue(…)"
    elif "SELECT to non-message" in message or "Invalid container type" in message:
        message = "The expression reads a field of something that has none: null, a text, a number or a list"
    elif "Iteration budget" in message:
        message = "The event has too many items for the loops of this expression"
    elif message.startswith("No matching overloads found"):
        message = (
            f"{message.replace(' found ', ' ')}: the value in this event has another type than the expression expects"
        )
    return message if len(message) <= 300 else message[:299] + "…"

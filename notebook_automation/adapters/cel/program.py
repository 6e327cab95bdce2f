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
from .compiler import STATUS, Compiler
from .cost import SizeOf, worst_case
from .environment import Names, environment
from .expansion import RESERVED, Expanded, expanded, may_lack
from .field_paths import deepest_macro, walk, with_lower_headers
from .optionals import kept_optional
from .reasons import Reasons
from .scan import invalid, mask
from .syntax import Node, parse

_OPTIONAL = "optional_type"  # the evaluator's name for what may be none
_NO_KEY = re.compile(r"Key not found in map : (.*)\Z", re.DOTALL)


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
    compiler = Compiler(text, mask(text, limits), env or environment(names), names, checked)
    if RESERVED in compiler.masked:
        raise invalid(text, compiler.masked.index(RESERVED), f"No name can begin with {RESERVED}: choose another")
    evaluate, refusal = compiler.try_to_compile()
    if refusal is not None and not may_lack(compiler.masked):
        raise refusal
    root = parse(text, limits)
    macros, innermost = deepest_macro(root)
    if macros > limits.macro_nesting:
        sentence = f"More than {limits.macro_nesting} of all, exists, map and filter within each other"
        raise invalid(text, innermost.start, f"{sentence}: decide the rest in the notebook")
    lowered = with_lower_headers(text, root)
    root = parse(lowered, limits) if lowered != text else root
    _check_functions(lowered, root)
    source = expanded(lowered, compiler.masked if lowered == text else mask(lowered, limits), root)
    if source.text != text:
        evaluate = compiler.compile(source)
    elif refusal is not None:
        raise refusal
    gives = evaluate.return_type().name()
    if gives.startswith(_OPTIONAL):
        # Python cannot hold an optional value: it is its value, or null.
        evaluate = compiler.compile(Expanded(f"({source.text}\n).optMap(value, dyn(value)).orValue(null)"))
    program = Program(lowered, root, evaluate, gives, limits.work)
    if not program.affords(Measure(1, 2**8)):
        raise invalid(text, root.start, "The expression takes too much work even for a small event: simplify it")
    return program


def _check_functions(text: str, root: Node) -> None:
    """Raise ``Invalid`` for what the evaluator cannot be asked to do, although it compiles."""
    for node, _ in walk(root):
        if node.name in ("transformMap", "transformMapEntry"):
            _check_values(text, root, node.name)
        if node.name == "lists.range" and math.isinf(largest_integer(node.args[0], lambda _: 0)):
            sentence = "lists.range needs a number that cannot be too large: write lists.range(math.least(…, 1000))"
            raise invalid(text, node.start, sentence)


def _check_values(text: str, root: Node, name: str) -> None:
    # The binding crashes the process where a function of Python is given an optional value, however deep it is.
    kept = kept_optional(text, root) or next((node for node, _ in walk(root) if node.kind == "struct"), None)
    if kept is not None:
        what = "use no messages" if kept.kind == "struct" else "end what may be nothing at all with .orValue(…)"
        raise invalid(text, kept.start, f"In an expression with {name} {what}")


@lru_cache(maxsize=4096)
def error_sentence(message: str) -> str:
    """An error of the evaluator as a short sentence, without its status names and never with a whole payload."""
    message = re.sub(r" \[[A-Z_]+\]\Z", "", STATUS.sub("", message.strip()))
    missing = _NO_KEY.search(message)
    if missing:
        message = f"There is no {missing[1]} in this event; has(…) tests whether a field is there"
    elif "Unable to convert function return value" in message or "with an exception set" in message:
        message = "The result holds a value that may be nothing at all: end it with .orValue(…)"
    elif "Non-CEL value type" in message:
        message = "transformMap can hold what JSON has, no times: write string(…) around a time"
    elif "SELECT to non-message" in message or "Invalid container type" in message:
        message = "The expression reads a field of something that has none: null, a text, a number or a list"
    elif "Iteration budget" in message:
        message = "The event has too many items for the loops of this expression"
    elif message.startswith("No matching overloads found"):
        message = (
            f"{message.replace(' found ', ' ')}: the value in this event has another type than the expression expects"
        )
    return message if len(message) <= 300 else message[:299] + "…"

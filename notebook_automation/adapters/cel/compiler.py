"""Google's compiler, and what it says against an expression as a sentence with the place that a person wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from notebook_automation.domain.errors import Invalid

from .environment import Names
from .expansion import Expanded
from .scan import invalid

_COMPILER_LINE = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): ([^\n]*)")
_NUMBER = "(?:int|uint|double)"
_TWO_NUMBERS = re.compile(
    r"no matching overload for '(?:_(?:[<>]=?|[!=]=|\?_:)_|@in)' applied to "
    rf"'\((?:bool, )?{_NUMBER}, (?:{_NUMBER}|list\({_NUMBER}\))\)'"
)
STATUS = re.compile(r"^[A-Z_]+: ")
"""How the evaluator begins what it says, where that is an error."""
_UNKNOWN = re.compile(r"undeclared reference to '([^']*)'")
_HINTS = (
    (re.compile(r"\[\s*\*\s*\]"), "CEL has no [*]: write list.exists(item, item.name == …)"),
    (re.compile(r"(?<![=!<>])=(?!=)"), "To compare, write == instead of ="),
    (re.compile(r"\b(and|or|not)\b"), "Write &&, || and ! for and, or and not"),
    (re.compile(r"(?<!&)&(?!&)|(?<!\|)\|(?!\|)"), "Write && and ||, each with two characters"),
    (re.compile(r"\bNone\b|\bTrue\b|\bFalse\b"), "Write null, true and false in lower case"),
    (re.compile(r"\bis\b"), "To compare, write == instead of is"),
)
_HEADER = 'a header is data.headers["x-name"]'
_OF_OTHERS = {
    "body": "the body of a webhook is data.json", "payload": "the body of a webhook is data.json",
    "header": _HEADER, "headers": _HEADER, "canonical": _HEADER, "match": f'{_HEADER}, to be compared with ==',
    "requestURL": "the address is data.raw_url", "parseURL": "the parts of the address are in data.url",
    "parseJSON": "what a body has of JSON is data.json", "truncate": "write substring(0, 7)",
    "decodeb64": "write string(base64.decode(…))",
}  # fmt: skip
"""Names and functions that expressions have in products which filter deliveries, and what to write here."""


@dataclass(frozen=True, slots=True)
class Compiler:
    """Compiles what becomes of one ``text``; ``masked`` is that text without its literals (see ``scan``)."""

    text: str
    masked: str
    env: Any
    names: Names
    checked: bool

    def try_to_compile(self) -> tuple[Any, Invalid | None]:
        """The compiled text as it was written and None, or None and why it is refused."""
        try:
            return self.compile(Expanded(self.text)), None
        except Invalid as error:
            return None, error

    def compile(self, source: Expanded) -> Any:
        """Compile what the text was expanded to. Raises ``Invalid`` with the place in the text that was written."""
        try:
            return self.env.compile(source.text, disable_check=not self.checked)
        except RuntimeError as error:
            if not _is_about_numbers(str(error)):
                raise self._refusal(source, str(error)) from error
        # The check alone keeps integers and doubles apart; the evaluator compares them, as JSON's one kind of number.
        return self.env.compile(source.text, disable_check=True)

    def _refusal(self, source: Expanded, message: str) -> Invalid:
        text = self.text
        problems = list(_COMPILER_LINE.finditer(message))
        found = next((each for each in problems if not _TWO_NUMBERS.search(each[3])), None)
        line, column, sentence = (int(found[1]), int(found[2]), found[3]) if found else (1, 1, message.split("\n")[0])
        if "recursion" in sentence:
            return invalid(text, 0, "More than 32 operators or brackets within each other: simplify the expression")
        lines = source.text.split("\n")
        position = sum(len(each) + 1 for each in lines[: max(line, 1) - 1]) + max(column, 1) - 1
        position = max(0, min(source.origin(position), len(text)))
        unknown = _UNKNOWN.search(sentence)
        if unknown and unknown[1]:
            return self._unknown(unknown[1], position)
        for pattern, hint in _HINTS:
            if pattern.search(self.masked):
                return invalid(text, position, hint)
        sentence = re.sub(r", expecting .*| expecting .*", "", STATUS.sub("", sentence)).rstrip(". ")
        return invalid(text, position, f"{sentence}: correct the expression here")

    def _unknown(self, name: str, position: int) -> Invalid:
        called = self.text[position : position + 1] == "("
        # The compiler points at the dot or the bracket behind the name.
        before = self.masked[: position + len(name)]
        named = [found.start() for found in re.finditer(rf"\b{re.escape(name)}\b", before)]
        position = named[-1] if named else position
        # Of a.b.c, which might be one name, it is the first that nobody knows.
        name = name.lstrip(".").partition(".")[0]
        here = _OF_OTHERS.get(name) if "data" in self.names else None
        if called:
            use = here or "use those of CEL and its standard extensions"
            return invalid(self.text, position, f"There is no function {name}: {use}")
        known = " and ".join(self.names) or "nothing"
        here = f": {here}" if here else f": an expression can read {known}"
        return invalid(self.text, position, f"Nothing is called {name} here{here}")


def _is_about_numbers(message: str) -> bool:
    """Whether all that the check minds is an integer beside a double: ``data.total * 1.19 > 100``."""
    problems = [found[3] for found in _COMPILER_LINE.finditer(message)]
    return bool(problems) and all(_TWO_NUMBERS.search(problem) for problem in problems)

"""The line of a magic: its quotes, its options, and one clear sentence for what is wrong."""

from __future__ import annotations

import argparse
import difflib
import re
import shlex
from collections.abc import Callable
from typing import Any, NoReturn

from IPython.core.error import UsageError

from notebook_automation.sdk.errors import SdkError
from notebook_automation.sdk.markup import tag

from .markup import Shown

_CONTINUED = re.compile(r"\\[ \t]*$")


class Options(argparse.ArgumentParser):
    """An argument parser that raises UsageError, never exits, and shows its help as text."""

    def __init__(self, magic: str, *, example: str, description: str) -> None:
        super().__init__(
            prog=magic,
            description=description,
            epilog=f"Example: {example}",
            add_help=False,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        self._example = example
        self.add_argument("-h", "--help", action="store_true", help="show this and do nothing")

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with the sentence and an example."""
        sentence = message[:1].upper() + message[1:]
        end = "" if sentence.endswith((".", "?", "…")) else "."
        raise UsageError(f"{sentence}{end}\nWrite: {self._example}   (all: {self.prog} --help)")

    def read(self, words: list[str]) -> argparse.Namespace:
        """Return the options that ``words`` give. Raises UsageError for an unknown one."""
        known, unknown = self.parse_known_args(words)
        if unknown:
            self.error(self._unknown(unknown[0]))
        return known

    def names(self) -> list[str]:
        """Return every option's long name (its short one where it has no other)."""
        return sorted(action.option_strings[-1] for action in self._actions if action.option_strings)

    def choices_of(self, option: str) -> tuple[str, ...]:
        """Return the values that ``option`` takes, where they are few; that of its first word for an empty text."""
        for action in self._actions:
            if option in action.option_strings or (not option and not action.option_strings):
                return tuple(action.choices or ())
        return ()

    def _unknown(self, word: str) -> str:
        if not word.startswith("-"):
            return f"{word!r} is one word too many: put a value that has spaces into quotes"
        name = word.partition("=")[0]
        close = difflib.get_close_matches(name, self.names(), n=1)
        return f"There is no option {name}" + (f", did you mean {close[0]}?" if close else "")


def help_text(text: str) -> Shown:
    """Return the help of a magic as it is shown in a notebook."""
    return Shown(tag("pre", text), text)


def words_of(line: str) -> list[str]:
    """Return the words of ``line``; both kinds of quotes hold words together. Raises UsageError."""
    try:
        return shlex.split(line)
    except ValueError:
        raise UsageError(
            f'A quote is opened and not closed: close it, or quote the quote ("it\'s"): {line.strip()}'
        ) from None


def split_header(line: str, cell: str) -> tuple[str, str]:
    """Return a cell magic's whole header and its body: a header that ends in a backslash goes on in the next line.

    The header's lines stay as comments (of Python and of YAML), so that errors name the lines of the cell.
    """
    comments = "#\n"
    while _CONTINUED.search(line):
        following, separator, cell = cell.partition("\n")
        line = f"{_CONTINUED.sub('', line)} {following.strip()}"
        comments += f"#{separator}"
        if not separator:
            line = _CONTINUED.sub("", line)
    return line, comments + cell


def one_sentence(act: Callable[..., Any]) -> Callable[..., Any]:
    """Make a magic show an error of the server or the SDK as its sentence, without a traceback."""

    def magic(*args: Any) -> Any:
        __tracebackhide__ = True
        try:
            return act(*args)
        except SdkError as error:
            raise UsageError(str(error)) from None

    magic.__doc__ = act.__doc__
    magic.__name__ = act.__name__
    return magic

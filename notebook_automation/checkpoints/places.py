"""Where a notebook holds values: under its names, and in five other places whose texts no name can be."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Name:
    """A name of the notebook: its text is the name."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Output:
    """What a cell has shown: ``Out[3]``."""

    number: int

    def __str__(self) -> str:
        return f"Out[{self.number}]"


@dataclass(frozen=True, slots=True)
class Magic:
    """A magic that is a function of the notebook: ``%line hello``."""

    kind: str
    name: str

    def __str__(self) -> str:
        return f"%{self.kind} {self.name}"


@dataclass(frozen=True, slots=True)
class Signal:
    """What happens at a signal: ``signal 10``."""

    number: int

    def __str__(self) -> str:
        return f"signal {self.number}"


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute of a module: ``module:attribute``."""

    module: str
    attribute: str

    def __str__(self) -> str:
        return f"{self.module}:{self.attribute}"


@dataclass(frozen=True, slots=True)
class Handlers:
    """The handlers of a logger: ``handlers root``."""

    logger: str

    def __str__(self) -> str:
        return f"handlers {self.logger}"


Place = Handlers | Name | Output | Magic | Signal | Attribute
_OUTPUT = re.compile(r"Out\[(\d+)\]")
_MAGIC = re.compile(r"%(\w+) (.+)", re.DOTALL)
_SIGNAL = re.compile(r"signal (\d+)")
_HANDLERS = re.compile(r"handlers (.+)", re.DOTALL)
_ATTRIBUTE = re.compile(r"([\w.]+):(.+)", re.DOTALL)


def place(text: str) -> Place:
    """Return the place whose text this is."""
    if text.isidentifier():
        return Name(text)
    if found := _OUTPUT.fullmatch(text):
        return Output(int(found[1]))
    if found := _MAGIC.fullmatch(text):
        return Magic(found[1], found[2])
    if found := _SIGNAL.fullmatch(text):
        return Signal(int(found[1]))
    if found := _HANDLERS.fullmatch(text):
        return Handlers(found[1])
    if found := _ATTRIBUTE.fullmatch(text):
        return Attribute(found[1], found[2])
    # globals()["no identifier"] holds something, too.
    return Name(text)


def is_output(text: str) -> bool:
    """Whether this is a value that a cell has shown."""
    return isinstance(place(text), Output)


def is_of_module(text: str) -> bool:
    """Whether this is an attribute of a module."""
    return isinstance(place(text), Attribute)

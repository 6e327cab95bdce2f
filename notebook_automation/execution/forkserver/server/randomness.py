"""Gives each child randomness of its own: the generators known by name, and those found in modules."""

from __future__ import annotations

import os
import random
import sys
from typing import Any

_found: list[Any] = []
"""Generators that are globals of an imported module; found once, before the first fork."""


def find_generators() -> None:
    """Remember every generator some module made for itself at import: a fork would repeat it."""
    kinds = _generator_kinds()
    seen = set()
    for module in list(sys.modules.values()):
        for value in list(vars(module).values()) if hasattr(module, "__dict__") else ():
            if type(value) in kinds and id(value) not in seen:
                seen.add(id(value))
                _found.append(value)


def _generator_kinds() -> set[type]:
    kinds: set[type] = {random.Random}
    numpy = sys.modules.get("numpy.random")
    if numpy is not None:
        kinds |= {numpy.RandomState, numpy.Generator}
    return kinds


def reseed() -> None:
    """Fresh seeds and identities, from the system; called once in each child."""
    random.seed()
    modules: Any = sys.modules  # not copied: that would touch, and so copy, the page of every module
    if "numpy.random" in modules:
        modules["numpy.random"].seed()
    if "torch" in modules:
        modules["torch"].seed()
    for generator in _found:
        _reseed(generator)
    if "multiprocessing.process" in modules:
        modules["multiprocessing.process"].current_process().authkey = os.urandom(32)
    if "uuid" in modules:
        modules["uuid"]._last_timestamp = None
    if "tempfile" in modules:
        modules["tempfile"].tempdir = None
        modules["tempfile"]._name_sequence = None


def _reseed(generator: Any) -> None:
    if hasattr(generator, "bit_generator"):  # numpy.random.Generator
        generator.bit_generator.state = type(generator.bit_generator)().state
    else:
        generator.seed()

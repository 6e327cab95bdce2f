"""Gives each child randomness of its own: the generators known by name, and those found in modules."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

_found: list[Any] = []
"""Generators that are globals of an imported module; found once, before the first fork."""
_chosen: set[str] = set()
"""Modules whose own generator was given a seed by a set-up, which each of its sessions shall start from."""
_seeded: list[Any] = []
"""Generators of a set-up that were given a seed."""
_states: list[Any] = []
"""State of the generator of `random`, if it is to be kept: Python itself seeds that one anew at each fork."""
_OS_BITS = 64
"""A seed from the system has 128 bits; one that somebody chose is shorter."""


def find_generators(*, after_setup: bool = False) -> None:
    """Remember every generator some module made for itself at import: a fork would repeat it.

    `after_setup`: of the generators that came since the last time, those with a seed of somebody's choice are left
    alone; each session shall find them as its own run of the set-up would have made them.
    """
    kinds = _generator_kinds()
    seen = {id(generator) for generator in _found}
    if after_setup:
        hidden = _hidden_generators()
        _states[:] = [random.getstate()] if "random" in _chosen else []
        _found[:] = [one for one in _found if not any(one is kept for kept in (*_seeded, *hidden))]
    for module in list(sys.modules.values()):
        for value in list(vars(module).values()) if hasattr(module, "__dict__") else ():
            if type(value) in kinds and id(value) not in seen:
                seen.add(id(value))
                if not (after_setup and _has_chosen_seed(value)):
                    _found.append(value)


def _generator_kinds() -> set[type]:
    kinds: set[type] = {random.Random}
    numpy = sys.modules.get("numpy.random")
    if numpy is not None:
        kinds |= {numpy.RandomState, numpy.Generator}
    return kinds


def _hidden_generators() -> list[Any]:
    """Those behind the functions of the modules whose own generator was given a seed."""
    numpy = sys.modules.get("numpy.random")
    found = [random._inst] if "random" in _chosen else []
    if numpy is not None and "numpy.random" in _chosen:
        found.append(numpy.mtrand._rand)
    return found


def _has_chosen_seed(generator: Any) -> bool:
    if isinstance(generator, random.Random):
        return any(one is generator for one in _seeded)
    if not hasattr(generator, "bit_generator"):
        return True  # numpy's RandomState does not show its seed, and is made for nothing but a seed of one's own
    source = getattr(generator.bit_generator, "seed_seq", None) or getattr(generator.bit_generator, "_seed_seq", None)
    entropy = getattr(source, "entropy", None)
    return not (isinstance(entropy, int) and entropy.bit_length() > _OS_BITS)


@contextmanager
def watch_seeds() -> Iterator[None]:
    """Notice which generators are given a seed meanwhile, and which modules their own."""
    kind: Any = random.Random
    plain, undo = kind.seed, [(random, "seed", random.seed)]

    def seed(self: Any, a: Any = None, version: int = 2) -> None:
        plain(self, a, version)
        _seeded[:] = [one for one in _seeded if one is not self]
        if a is not None:
            _seeded.append(self)

    def watched(module: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def noting(*given: Any, **named: Any) -> Any:
            has_seed = any(value is not None for value in (*given, *named.values()))
            (_chosen.add if has_seed else _chosen.discard)(module)
            return function(*given, **named)

        return noting

    kind.seed = seed
    random.seed = watched("random", random.seed)
    for module, name in (("numpy.random", "seed"), ("torch", "manual_seed")):
        loaded: Any = sys.modules.get(module)
        if loaded is not None:
            undo.append((loaded, name, getattr(loaded, name)))
            setattr(loaded, name, watched(module, getattr(loaded, name)))
    try:
        yield
    finally:
        kind.seed = plain
        for owner, name, function in undo:
            setattr(owner, name, function)


def reseed() -> None:
    """Fresh seeds and identities, from the system; called once in each child."""
    modules: Any = sys.modules  # not copied: that would touch, and so copy, the page of every module
    for name in ("random", "numpy.random", "torch"):
        if name in modules and name not in _chosen:
            modules[name].seed()
    for generator in _found:
        _reseed(generator)
    if "multiprocessing.process" in modules:
        modules["multiprocessing.process"].current_process().authkey = os.urandom(32)
    if "uuid" in modules:
        modules["uuid"]._last_timestamp = None
    if "tempfile" in modules:
        modules["tempfile"].tempdir = None
        modules["tempfile"]._name_sequence = None


def take_up_states() -> None:
    """Go on where the set-up has left off, if it has chosen a seed; called before the first cell.

    A kernel that starts draws some numbers itself.
    """
    for state in _states:
        random.setstate(state)


def _reseed(generator: Any) -> None:
    if hasattr(generator, "bit_generator"):  # numpy.random.Generator
        generator.bit_generator.state = type(generator.bit_generator)().state
    else:
        generator.seed()

"""Fingerprints of arguments: the same in every process, different for different values."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections import OrderedDict
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pytest

from notebook_automation.sdk import fingerprints
from notebook_automation.sdk.fingerprints import fingerprint

_SAME = """
from datetime import date
from notebook_automation.sdk.fingerprints import fingerprint
import decimal, enum, pathlib, types
class Colour(enum.Enum):
    RED = 1
class Order:
    def __init__(self):
        self.tags = {"a", "b", "c"}
        self.self = self
print(fingerprint(({"a", "b", "c"}, frozenset({"x", ("y", 1)}), {"b": 1, "a": {"q", "r"}}, Order(), Colour.RED, Order,
    print, date(2026, 1, 2), decimal.Decimal("1.50"), pathlib.PurePosixPath("/a"), types), {"k": [b"1", None]}))
"""


def of(*args: Any, **kwargs: Any) -> str:
    return fingerprint(args, kwargs)


def test_it_is_the_same_in_every_process() -> None:
    found = {
        subprocess.run(
            [sys.executable, "-c", _SAME], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True,
            check=True,
        ).stdout
        for seed in ("1", "2", "3")
    }  # fmt: skip
    assert len(found) == 1
    assert len(found.pop().strip()) == 32


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0), (1, True), ("1", 1), ("a", b"a"), (None, "None"), ([1, 2], [2, 1]), ([1], (1,)), ({1}, [1]), ([], ()),
        ({"a": 1}, {"a": 2}), (["a", "b"], ["ab"]), ([["a"], "b"], [["a", "b"]]), (date(2026, 1, 1), date(2026, 1, 2)),
        (Decimal("1.5"), Decimal("1.50")), (len, max), (dict, OrderedDict), (0.1, 0.2), ("\ud800", "\ud801"),
        (np.arange(3), np.arange(3.0)), (np.zeros((2, 3)), np.zeros((3, 2))), (np.arange(4), np.arange(4)[::-1]),
        (pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1, 3]})),
        (pd.DataFrame({"a": ["x", "y"]}), pd.DataFrame({"a": ["x", "z"]})), (partial(print, 1), partial(print, 2)),
    ],
)  # fmt: skip
def test_different_values_differ(one: Any, other: Any) -> None:
    assert of(one) != of(other)
    assert of([one], key={"k": one}) != of([one], key={"k": other})


def test_positions_and_names_count() -> None:
    assert of(1, 2) != of(2, 1)
    assert of(a=1) != of(b=1)
    assert of(1) != of(a=1)
    assert of(a=1, b=2) == of(b=2, a=1)


def test_which_parts_are_one_object_does_not_count() -> None:
    part = ["x" * 20]
    assert of([part, part]) == of([["x" * 20], ["x" * 20]])
    frame = pd.DataFrame({"a": ["x", "y"], "b": [1.5, None]})
    assert of(frame) == of(frame.copy(deep=True))


def test_what_cannot_be_pickled_counts_as_its_type() -> None:
    assert of(threading.Lock()) == of(threading.Lock())
    assert of(threading.Lock()) != of(threading.Event())
    assert of(n for n in range(3)) == of(n for n in range(4))


def test_a_value_that_holds_itself_ends() -> None:
    ring: list[Any] = [1]
    ring.append(ring)
    deep: list[Any] = []
    for _ in range(10_000):
        deep = [deep]
    assert of(ring) == of(ring) != of([1])
    assert of(deep)


def test_more_than_is_looked_at_counts_as_types_and_lengths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprints, "MOST_VALUES", 100)
    assert of(["x"] * 200) == of(["y"] * 200) != of(["x"] * 201)
    assert of({str(n) for n in range(300)}) == of({str(-n) for n in range(300)})
    # Memory counts as one value, and is looked at.
    assert of(np.zeros(1000)) != of(np.ones(1000))

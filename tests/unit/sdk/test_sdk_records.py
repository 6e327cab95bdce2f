"""JSON read by attributes, and values written as JSON."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
import math
import uuid
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy
import pytest

from notebook_automation.sdk.encoding import to_json
from notebook_automation.sdk.errors import Invalid
from notebook_automation.sdk.records import Headers, Nothing, record


def test_objects_are_read_by_attribute_and_by_item() -> None:
    event = record({"data": {"json": {"pull_request": {"number": 7, "a-b": 1}, "list": [{"x": 1}]}}})
    assert event.data.json.pull_request.number == 7
    assert event["data"]["json"]["pull_request"]["a-b"] == 1
    assert event.data.json.list[0].x == 1


def test_a_missing_name_says_what_is_there() -> None:
    data = record({"number": 7, "title": "x"})
    with pytest.raises(AttributeError, match=r"no 'nubmer' here. Did you mean 'number'\? It has: number, title"):
        data.nubmer  # noqa: B018
    with pytest.raises(KeyError) as caught:
        data["state"]
    assert str(caught.value) == "There is no 'state' here. It has: number, title."
    assert not hasattr(data, "state")


def test_methods_of_a_dict_stay_what_they_are_whatever_the_keys() -> None:
    data = record({"items": [1], "get": 2, "x": 3})
    assert dict(data.items())["items"] == [1]
    assert data.get("x") == 3
    assert data["items"] == [1]


def test_a_record_is_a_dict_for_everybody_else_and_copies_plain() -> None:
    data = record({"a": {"b": [{"c": 1}]}})
    assert json.loads(json.dumps(data)) == {"a": {"b": [{"c": 1}]}}
    plain = data.to_dict()
    assert type(plain) is dict
    assert type(plain["a"]["b"][0]) is dict
    assert "a" in dir(data)
    with pytest.raises(AttributeError, match="stays as it is"):
        data.a = 2


def test_headers_are_found_in_any_case() -> None:
    headers = Headers({"content-type": "text/plain", "X-Odd": "1"})
    assert headers["Content-Type"] == headers.get("CONTENT-TYPE") == "text/plain"
    assert headers["x-odd"] == "1"
    assert "Content-type" in headers
    assert headers.get("absent", "none") == "none"
    with pytest.raises(KeyError):
        headers["absent"]


def test_nothing_is_false_and_says_why() -> None:
    nothing = Nothing("There is no event.")
    assert not nothing
    assert list(nothing) == []
    assert "x" not in nothing
    assert "There is no event." in repr(nothing)
    with pytest.raises(AttributeError, match="There is no event"):
        nothing.data  # noqa: B018
    with pytest.raises(KeyError, match="There is no event"):
        nothing["data"]


@dataclasses.dataclass
class _Point:
    x: int
    when: dt.date


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": float("nan"), "b": [math.inf, 1.5]}, {"a": None, "b": [None, 1.5]}),
        (numpy.float64("nan"), None),
        ({"n": numpy.int64(3), "v": numpy.array([[1.0, numpy.nan]])}, {"n": 3, "v": [[1.0, None]]}),
        (dt.datetime(2026, 11, 21, tzinfo=dt.UTC), "2026-11-21T00:00:00+00:00"),
        (_Point(1, dt.date(2026, 1, 2)), {"x": 1, "when": "2026-01-02"}),
        ({"s": {"b", "a"}, "d": Decimal("1.10"), "p": Path("x/y")}, {"s": ["a", "b"], "d": "1.10", "p": "x/y"}),
        (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        ((1, "ü"), [1, "ü"]),
    ],
)
def test_values_of_notebooks_are_strict_json(value: Any, expected: Any) -> None:
    assert json.loads(to_json(value), parse_constant=pytest.fail) == expected


def test_what_is_no_json_is_refused_with_a_sentence() -> None:
    with pytest.raises(Invalid, match="cannot be written as JSON: a object"):
        to_json({"x": object()})
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(Invalid):
        to_json(loop)
    with pytest.raises(Invalid):
        to_json({"x": int})

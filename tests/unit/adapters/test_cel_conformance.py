"""The conformance cases of the CEL specification that concern JSON-like data, through the product's own path."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from notebook_automation.adapters.cel.environment import new_environment
from notebook_automation.adapters.cel.filters import Filters, _Event
from notebook_automation.adapters.cel.program import compiled
from notebook_automation.adapters.cel.values import Sizes, UnusableValue, prepared
from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.filters import FilterLimits

CASES = json.loads((Path(__file__).parents[2] / "data/cel/conformance.json").read_text())["tests"]
EXCEPTIONS = {
    "timestamps/duration_converters/get_milliseconds": "binds a duration, and variables here are JSON",
    "namespace/namespace/self_eval_container_lookup_unchecked": (
        "a container with the type check off: the evaluator resolves containers only when it checks, and a filter "
        "has no container and is always checked"
    ),
}


def plain(typed: dict[str, Any]) -> Any:
    value = typed.get("value")
    match typed["type"]:
        case "null":
            return None
        case "int" | "uint":
            return int(value)
        case "double":
            return float(value)
        case "list":
            return [plain(item) for item in value]
        case "map":
            return {plain(key): plain(item) for key, item in value}
        case "timestamp":
            whole = re.sub(r"(\.\d{6})\d+", r"\1", value).replace("Z", "+00:00")
            return datetime.fromisoformat(whole).astimezone(UTC)
        case "duration":
            return timedelta(seconds=float(value.removesuffix("s")))
    return value


def same(left: Any, right: Any) -> bool:
    if isinstance(left, float) and isinstance(right, float) and math.isnan(right):
        return math.isnan(left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in right)
    return type(left) is type(right) and bool(left == right)


def outcome(case: dict[str, Any], filters: Filters) -> tuple[Any, str | None]:
    """Compiled by the product, in the names, container and type rules that the case asks for."""
    bindings = {name: plain(value) for name, value in case.get("bindings", {}).items()}
    names = sorted({*bindings, *case.get("type_env", {})})
    env = new_environment(tuple(names), case.get("container", ""))
    checked = not case.get("disable_check", False)
    try:
        program = compiled(case["expr"], tuple(names), filters.limits, env=env, checked=checked)
        values, measure = prepared(bindings, filters.limits)
    except (Invalid, UnusableValue) as error:
        return None, str(error)
    return filters._value(program, _Event(tuple(names), env.Activation(values), measure, values, Sizes(values)))


@pytest.fixture(scope="module")
def filters() -> Filters:
    return Filters(FilterLimits())


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_a_case_of_the_specification(case: dict[str, Any], filters: Filters) -> None:
    value, error = outcome(case, filters)
    passed = error is not None if "expect_error" in case else same(value, plain(case["expect"])) and not error
    if case["id"] in EXCEPTIONS:
        assert not passed, "passes now: take it off the list"
    else:
        assert passed, (case["expr"], value, error)


def test_the_exceptions_are_cases() -> None:
    assert EXCEPTIONS.keys() <= {case["id"] for case in CASES}
    assert len(CASES) == 785


def test_milliseconds_of_a_duration_that_is_written_out(filters: Filters) -> None:
    assert filters.evaluate('duration("123.321456789s").getMilliseconds() == 321', {}).matched

"""Which variables a run's kernel may be given, and how much memory it may be held to."""

from __future__ import annotations

from typing import Any

import pytest

from notebook_automation.domain.environments import (
    LONGEST_OPENED,
    missing_variables,
    opened_environment,
    parse_environment,
    parse_memory,
)
from notebook_automation.domain.errors import Invalid, NotFound

FROM = {"variable": "STRIPE_KEY"}


def test_variables_are_texts_or_named_variables_of_the_project() -> None:
    given = {"b": True, "a": 5, "_C1": "x = y", "KEY": FROM, "EMPTY": "", "HTTP_PROXY": "http://p"}
    assert parse_environment(given) == {
        "EMPTY": "", "HTTP_PROXY": "http://p", "KEY": FROM, "_C1": "x = y", "a": "5", "b": "true",
    }  # fmt: skip
    assert list(parse_environment(given)) == sorted(given)


@pytest.mark.parametrize(
    "name",
    [
        "NOTEBOOK_AUTOMATION_TOKEN", "notebook_automation_url", "JPY_SESSION_NAME", "LD_PRELOAD", "ld_library_path",
        "DYLD_INSERT_LIBRARIES", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONHOME", "PYTHONWARNINGS", "PythonBreakpoint",
        "PATH", "Path", "HOME", "BASH_ENV", "IPYTHONDIR", "GCONV_PATH", "R_PROFILE_USER", "NODE_OPTIONS",
    ],
)  # fmt: skip
def test_no_variable_chooses_the_code_that_a_kernel_loads_or_says_who_it_is(name: str) -> None:
    """Who may only run what is there could run anything by them."""
    with pytest.raises(Invalid) as refused:
        parse_environment({name: "x"})
    assert (refused.value.code, refused.value.details["field"]) == ("environment_invalid", "env")


@pytest.mark.parametrize(
    "given",
    [
        {"A B": "x"}, {"1A": "x"}, {"": "x"}, {"A=B": "x"}, {"Ä": "x"}, {"A" * 101: "x"}, {"A\n": "x"},
        {"A": "x\0y"}, {"A": "x" * 10_000}, {"A": None}, {"A": ["x"]}, {"A": {"variable": ""}}, {"A": "\ud800"},
        {"A": {"variable": "B", "more": 1}}, {"A": {"secret": "B"}}, {"A": {"variable": 5}},
        {f"A{number}": "x" for number in range(51)}, {f"A{number}": "x" * 5000 for number in range(10)},
    ],
)  # fmt: skip
def test_what_no_environment_can_hold_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        parse_environment(given)
    assert refused.value.code == "environment_invalid"


def test_python_s_harmless_variables_may_be_set() -> None:
    assert parse_environment({"PYTHONHASHSEED": 0}) == {"PYTHONHASHSEED": "0"}


def test_values_of_the_project_are_put_in_when_the_run_begins() -> None:
    env = parse_environment({"KEY": FROM, "MODE": "fast"})
    assert opened_environment(env, {"STRIPE_KEY": "s3cret", "OTHER": "x"}) == {"KEY": "s3cret", "MODE": "fast"}
    assert missing_variables(env, {"OTHER": "x"}) == ["STRIPE_KEY"]
    with pytest.raises(NotFound, match="STRIPE_KEY") as missing:
        opened_environment(env, {})
    assert missing.value.code == "variable_not_found"


@pytest.mark.parametrize("value", ["s3cret\0", "s3cret" * LONGEST_OPENED])
def test_a_value_that_no_process_could_be_started_with_is_not_told(value: str) -> None:
    with pytest.raises(Invalid) as refused:
        opened_environment({"KEY": FROM}, {"STRIPE_KEY": value})
    assert "s3cret" not in refused.value.message


def test_memory_is_a_size_that_a_kernel_can_live_with() -> None:
    assert parse_memory("2GiB") == 2 * 2**30
    assert parse_memory("64 MiB") == parse_memory(64 * 2**20)
    for wrong in ("1 MiB", 0, -5, "much", 2**60):
        with pytest.raises(Invalid):
            parse_memory(wrong)

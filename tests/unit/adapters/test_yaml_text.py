"""YAML that a stranger wrote is read within bounds, and makes nothing but values."""

from __future__ import annotations

import contextlib
import gc

import pytest

from notebook_automation.adapters.yaml_text import MAX_BYTES, parse_yaml
from notebook_automation.domain.errors import AutomationError, Invalid, TooLarge


def nested(depth: int) -> str:
    return "[" * depth + "1" + "]" * depth


@pytest.mark.parametrize(
    ("text", "error", "words"),
    [
        ("a: &a [1]\nb: *a", Invalid, "aliases"),
        ("&a [*a]", Invalid, "aliases"),
        (nested(33), Invalid, "32 deep"),
        (nested(5000), Invalid, "The manifest"),
        ("[" + "1," * 100_001 + "]", Invalid, "more than 100000 values"),
        ("x" * (MAX_BYTES + 1), TooLarge, "1 MiB"),
        ("!!python/object/apply:os.getpid []", Invalid, "not YAML"),
        ("!!python/name:os.system", Invalid, "not YAML"),
        ("!anything 1", Invalid, "not YAML"),
        ("a: [", Invalid, "not YAML"),
    ],
)
def test_what_is_more_than_a_text_of_values_is_refused(text: str, error: type[AutomationError], words: str) -> None:
    with pytest.raises(error) as refused:
        parse_yaml(text)
    assert words in refused.value.message


def test_what_is_within_the_bounds_is_read() -> None:
    assert parse_yaml("a: {b: [1, 2.5, true, null, x]}") == {"a": {"b": [1, 2.5, True, None, "x"]}}
    assert parse_yaml(nested(32))
    assert parse_yaml("schedule: @every 1w\n") == {"schedule": "@every 1w"}


LARGE = "project: {triggers: [" + "{name: a, type: webhook, filter: data.n == 1}, " * 3000 + "]}"


@pytest.mark.parametrize("text", [LARGE, f"{LARGE}]"])
def test_a_large_text_is_read_without_a_look_at_all_that_the_process_has(text: str) -> None:
    """Each such look stops every thread: webhooks would wait for as long."""
    looks: list[int] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            looks.append(info["generation"])

    gc.collect()
    gc.callbacks.append(note)
    try:
        with contextlib.suppress(Invalid):
            parse_yaml(text)
    finally:
        gc.callbacks.remove(note)
    assert 2 not in looks
    assert gc.isenabled()

"""What names are seen to share before anything is pickled."""

from __future__ import annotations

from typing import Any

from notebook_automation.checkpoints.sharing import seen_to_share


class Holder:
    def __init__(self, held: Any) -> None:
        self.held = held


def test_names_of_one_object_and_of_what_it_holds_are_seen() -> None:
    held, other = [1], {"a": 1}
    values = {
        "same": held, "held": held, "in_a_list": [held], "in_an_object": Holder(held), "other": other,
        "apart": [1], "tuple": (other, 5), "text": "x", "same_text": "x", "large": [held] * 5000,
    }  # fmt: skip
    found = {frozenset(names) for names in seen_to_share(values)}
    assert found == {frozenset({"same", "held", "in_a_list", "in_an_object"}), frozenset({"other", "tuple"})}


def test_what_cannot_change_is_not_shared() -> None:
    pair = (1, 2)
    assert seen_to_share({"one": pair, "other": pair, "list": [pair], "function": len, "holder": [len]}) == []

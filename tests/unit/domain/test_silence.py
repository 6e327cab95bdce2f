"""How long others have been silent, whatever becomes of the clocks."""

from __future__ import annotations

from notebook_automation.domain.silence import Silence


def test_silence_is_counted_from_look_to_look_and_ends_with_each_sign() -> None:
    silence = Silence(5.0)
    assert silence.look(100.0, {"a": 1, "b": 1}) == {"a": 0.0, "b": 0.0}
    assert silence.look(103.0, {"a": 1, "b": 2}) == {"a": 3.0, "b": 0.0}
    assert silence.look(107.0, {"a": 1, "b": 2, "c": 1}) == {"a": 7.0, "b": 4.0, "c": 0.0}
    assert silence.look(108.0, {"b": 2}) == {"b": 5.0}
    assert silence.look(109.0, {"a": 1, "b": 1}) == {"a": 0.0, "b": 0.0}


def test_what_a_sign_says_does_not_matter_only_that_it_is_another_one() -> None:
    """A clock that was set back by an hour writes smaller times."""
    silence = Silence(5.0)
    silence.look(0.0, {"a": 7200.0})
    assert silence.look(4.0, {"a": 3600.0}) == {"a": 0.0}


def test_nobody_was_silent_while_nobody_listened() -> None:
    """The machine slept, or the database was away: the living are given time to show that they are."""
    silence = Silence(6.0)
    silence.look(0.0, {"a": 1})
    assert silence.look(5.0, {"a": 1}) == {"a": 5.0}
    assert silence.look(3605.0, {"a": 1}) == {"a": 8.0}
    assert silence.look(3610.0, {"a": 1}) == {"a": 13.0}

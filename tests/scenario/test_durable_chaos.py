"""Whatever is killed and when, durable sessions come to the end that they would have come to undisturbed.

`python tests/chaos.py --sessions 40 --kills 500` does the same for as long as one likes.
"""

from __future__ import annotations

from pathlib import Path

from chaos import Chaos


def test_sessions_end_as_if_nothing_had_been_killed(tmp_path: Path) -> None:
    outcome = Chaos(tmp_path, sessions=2, kills=4, seed=5, at_once=2).run(600)
    assert outcome.stuck == []
    assert outcome.statuses == {"completed": 2}, outcome
    expected = '[[0, 2, 4, 6, ["go", "more"]], [0.4523795535098186, 0.559772386080496], 14, true, "line\\n"]'
    assert outcome.states == {expected: 2}
    assert (outcome.effects, outcome.wrong_keys) == (10, 0)
    # Only what was killed between its effect and its record is done again, with the same key.
    assert outcome.doubled <= sum(outcome.kills.values())
    assert outcome.left == []

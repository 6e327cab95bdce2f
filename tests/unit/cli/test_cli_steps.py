"""The steps of a session at a shell."""

from __future__ import annotations

import json
from collections.abc import Callable

from click.testing import Result
from counterpart import serve_counterpart

Run = Callable[..., Result]

DONE = {
    "cell_index": 3, "cell_number": 2, "piece": 0, "name": "pay", "nth": 1, "status": "done", "tries": 2,
    "idempotency_key": "k1", "started_at": "2026-11-21T06:00:00.000Z", "finished_at": "2026-11-21T06:00:02.000Z",
    "duration": 2.0, "shown": "'R-7'", "error": None,
}  # fmt: skip
FAILED = {**DONE, "nth": 0, "status": "failed", "shown": None, "error": {"type": "OSError", "message": "no mail"}}
UNCERTAIN = {
    **DONE,
    "cell_number": None,
    "name": "move",
    "nth": 0,
    "status": "uncertain",
    "duration": None,
    "shown": None,
}


def test_steps_are_listed_with_what_became_of_them(run: Run) -> None:
    with serve_counterpart() as counterpart:
        base = "/notebook-automation/api/v1/sessions/ses_1"
        counterpart.answers["GET", base] = (200, {"id": "ses_1"})
        counterpart.answers["GET", f"{base}/steps"] = (200, {"items": [DONE, FAILED, UNCERTAIN], "next_cursor": None})
        where = ("--url", counterpart.url, "--token", "t")
        listed = run("session", "steps", "ses_1", *where)
        assert listed.exit_code == 0, listed.output
        lines = listed.stdout.splitlines()
        assert lines[0].split() == ["CELL", "STEP", "STATUS", "TRIES", "BEGAN", "TOOK", "RESULT"]
        assert [line.split()[:4] for line in lines[1:3]] == [["2", "pay", "#2", "done"], ["2", "pay", "failed", "2"]]
        assert lines[1].endswith("2.0 s  'R-7'")
        assert lines[2].endswith("OSError: no mail")
        assert "its idempotency key is k1" in lines[3]
        machines = run("session", "steps", "ses_1", *where, "--json")
        assert json.loads(machines.stdout)["items"] == [DONE, FAILED, UNCERTAIN]

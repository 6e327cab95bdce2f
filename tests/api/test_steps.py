"""The steps of a durable session over REST."""

from __future__ import annotations

from serving import Server

from notebook_automation.domain.session_log import Cell
from notebook_automation.domain.steps import Step
from notebook_automation.store import session_log, steps


def test_the_steps_of_a_session_with_the_numbers_of_their_cells(server: Server) -> None:
    notebook = server.notebook("sales/report.ipynb", "1 + 1")
    session_id = server.api.post("sessions", json={"notebook": notebook}).json()["id"]
    cells = [Cell(index=1, id="a", source_head="x", status="skipped"), Cell(index=4, id="b", source_head="y")]
    done = Step(
        cell_index=4, piece=0, name="pay", nth=1, number=0, status="done", fingerprint="f", idempotency_key="k",
        tries=2, started_at=10.0, finished_at=12.5, result=b"pickle", shown="'R-7'",
    )  # fmt: skip
    failed = Step(
        cell_index=9, piece=1, name="mail", nth=0, number=1, status="failed", fingerprint="f", idempotency_key="m",
        tries=1, started_at=20.0, error={"type": "OSError", "message": "no mail"},
    )  # fmt: skip
    server.run(server.database.write(lambda tx: session_log.set_cells(tx, session_id, cells)))
    server.run(server.database.write(lambda tx: steps.write(tx, session_id, [failed, done], lambda step: "sealed")))
    answer = server.api.get(f"sessions/{session_id}/steps")
    assert "sealed" not in answer.text
    first, second = answer.json()["items"]
    assert first == {
        "cell_index": 4, "cell_number": 1, "piece": 0, "name": "pay", "nth": 1, "status": "done", "tries": 2,
        "idempotency_key": "k", "started_at": "1970-01-01T00:00:10.000Z", "finished_at": "1970-01-01T00:00:12.500Z",
        "duration": 2.5, "shown": "'R-7'", "error": None,
    }  # fmt: skip
    assert (second["cell_number"], second["error"]) == (None, {"type": "OSError", "message": "no mail"})
    assert server.api.get("sessions/ses_none/steps").status_code == 404

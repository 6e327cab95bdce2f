"""Checkpoints of durable sessions over REST."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from serving import Server

from notebook_automation.adapters.seal import Seal
from notebook_automation.domain.checkpoints import CHECKPOINT_ID, Checkpoint, SavedFile, SavedName
from notebook_automation.domain.session_log import Cell
from notebook_automation.domain.sessions import SESSION_ID, Session
from notebook_automation.services.checkpoint_chain import copied
from notebook_automation.store import checkpoints, session_log
from notebook_automation.store import sessions as session_rows


def _failed(server: Server, name: str) -> Session:
    """Return a durable session that failed in its second cell."""
    notebook = server.notebook(f"{name}/run.ipynb", "a = 1", "a / 0")
    started = server.api.post("sessions", json={"notebook": notebook}).json()
    found = server.database.read_now(lambda tx: session_rows.get(tx, started["id"]))
    assert found is not None
    session = replace(found, id=SESSION_ID.new(), status="failed", is_durable=True)
    one = Checkpoint(
        id=CHECKPOINT_ID.new(), session_id=session.id, number=0, attempt=1, cell_index=0, piece=0, pieces=1,
        sources="5" * 64, manifest="m" * 40, outputs="o" * 40, how="forked", size=12, seconds=0.5, held=0.25,
        names=(SavedName(name="a", type="int", size=28, text="1"),), files=(SavedFile(path="gone.csv", kind="gone"),),
        created_at=1.5,
    )  # fmt: skip

    def work(tx: object) -> None:
        session_rows.add(tx, session)  # type: ignore[arg-type]
        cells = [Cell(index=0, id="0", source_head="a = 1", status="ok")]
        cells += [Cell(index=1, id="1", source_head="a / 0", status="error")]
        session_log.set_cells(tx, session.id, cells)  # type: ignore[arg-type]
        for signed in copied([one], session, Seal(Path(server.services.settings.data_dir) / "secret.key")):
            checkpoints.add(tx, signed, {})  # type: ignore[arg-type]

    server.database.write_now(work)
    return session


def test_what_was_saved_is_listed_without_any_value(server: Server) -> None:
    session = _failed(server, "saved")
    [one] = server.api.get(f"sessions/{session.id}/checkpoints").json()["items"]
    assert (one["number"], one["cell"], one["pieces"], one["obstacle"], one["is_kept"]) == (0, 1, 1, "", True)
    assert (one["size"], one["seconds"], one["held"], one["how"]) == (12, 0.5, 0.25, "forked")
    assert one["names"] == [{"name": "a", "type": "int", "size": 28, "text": "1"}]
    assert one["files"] == [{"path": "gone.csv", "size": 0, "is_deleted": True}]
    assert server.api.get("sessions/ses_none/checkpoints").status_code == 404


def test_it_is_gone_on_from_by_a_new_session(server: Server) -> None:
    session = _failed(server, "resumed")
    answer = server.api.post(f"sessions/{session.id}/resume", json={})
    new = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(new["id"])
    assert (new["forked_from"], new["retry_of"], new["status"]) == (session.id, session.id, "requested")
    [kept] = server.api.get(f"sessions/{new['id']}/checkpoints").json()["items"]
    assert (kept["number"], kept["is_kept"]) == (0, True)
    again = server.api.post(f"sessions/{new['id']}/resume", json={})
    assert (again.status_code, again.json()["code"]) == (409, "session_state")
    for body, code in (({"from_cell": 3}, "cell_not_found"), ({"from_cell": 0}, "request_invalid")):
        refused = server.api.post(f"sessions/{session.id}/resume", json=body)
        assert refused.json()["code"] == code

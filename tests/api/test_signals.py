"""Signals by the command line and by a magic, on a real server."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner, Result
from serving import Server

from notebook_automation.cli import cli
from notebook_automation.domain.waits import WAIT_ID, Wait
from notebook_automation.store import messages, waits


def run(server: Server, *words: str) -> Result:
    return CliRunner().invoke(cli, [*words, "--url", server.url, "--token", server.token])


@pytest.fixture
def session(server: Server) -> str:
    """A session that waits to begin."""
    call = server.notebook("signalled/report.ipynb", "1 + 1")
    session_id: str = server.api.post("sessions", json={"call": call}).json()["id"]
    return session_id


def begin_to_wait(server: Server, session_id: str, name: str) -> Wait:
    """Let it wait for the signal ``name`` at a new place, as its code does."""

    def work(tx: Any) -> Wait:
        place = len(waits.of_session(tx, session_id))
        asked = Wait(
            id=WAIT_ID.new(), session_id=session_id, cell_index=0, piece=0, nth=place, kind="signal",
            question={"name": name}, created_at=0.0,
        )  # fmt: skip
        wait = messages.take(tx, asked, [f"signal:{name}"], lambda _wait, _message: True)
        waits.add(tx, wait, [f"signal:{name}"])
        return wait

    return server.run(server.database.write(work))


def test_a_session_is_sent_a_signal_from_a_shell(server: Server, session: str) -> None:
    sent = run(server, "session", "signal", session, "approve", '{"by": "ana"}')
    assert (sent.exit_code, sent.output) == (0, f"Sent approve to {session}.\n")
    answer = begin_to_wait(server, session, "approve").answer
    assert answer is not None
    assert answer["payload"] == {"by": "ana"}
    begin_to_wait(server, session, "again")
    told = run(server, "session", "signal", session, "again", "--json")
    assert json.loads(told.output) == {"reached": 1}


def test_all_who_wait_are_sent_a_signal_from_a_shell(server: Server, session: str) -> None:
    nobody = run(server, "signal", "send", "signalled", "window")
    assert (nobody.exit_code, nobody.output) == (0, "Nobody waits for it now.\n")
    begin_to_wait(server, session, "window")
    assert run(server, "signal", "send", "signalled", "window", "[1]").output == "1 session got it.\n"
    assert json.loads(run(server, "signal", "send", "signalled", "window", "--json").output) == {"reached": 0}


def test_a_payload_that_is_no_json_is_said(server: Server, session: str) -> None:
    refused = run(server, "session", "signal", session, "approve", "yes")
    assert refused.exit_code == 2
    assert "'\"yes\"'" in refused.output
    assert run(server, "session", "signal", "ses_none", "approve").exit_code == 3


def test_a_session_that_sleeps_is_woken_from_a_shell_and_no_other(server: Server, session: str) -> None:
    begin_to_wait(server, session, "approve")
    refused = run(server, "session", "wake", session)
    assert refused.exit_code != 0
    assert "does not sleep" in refused.output
    sleep = Wait(
        id=WAIT_ID.new(), session_id=session, cell_index=1, piece=0, nth=0, kind="sleep", question={}, created_at=0.0,
        wake_at=9e9,
    )  # fmt: skip
    server.run(server.database.write(lambda tx: waits.add(tx, sleep, [])))
    assert run(server, "session", "wake", session).exit_code == 0
    found = server.run(server.database.read(lambda tx: waits.get(tx, session, sleep.id)))
    assert found.status == "answered"
    assert found.ended_at is not None

"""What a session is given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from notebook_automation.domain.masking import MASK
from notebook_automation.domain.traces import session_place
from notebook_automation.runner.preparation import _session_environment, _write_context, masker_of
from notebook_automation.settings import Settings


def test_a_session_s_own_token_is_hidden_also_where_its_project_has_no_secrets(acquired: Any) -> None:
    assert not acquired.secrets
    assert masker_of(acquired).text(f"Bearer {acquired.token}") == f"Bearer {MASK}"


def test_what_its_sender_sent_as_credentials_is_hidden(acquired: Any) -> None:
    masker = masker_of(replace(acquired, credentials=["sender-t0ken"], variables={"A": "s3cret"}, secrets=["A"]))
    assert masker.text("sender-t0ken s3cret") == f"{MASK} {MASK}"


def test_what_a_session_may_know_is_in_a_file_of_its_user_alone(acquired: Any, tmp_path: Path) -> None:
    assert _write_context(acquired, tmp_path).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("came_with", [None, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"])
def test_its_code_is_told_where_in_a_trace_it_is(acquired: Any, tmp_path: Path, came_with: str | None) -> None:
    acquired = replace(acquired, session=replace(acquired.session, traceparent=came_with))
    workspace: Any = SimpleNamespace(work=tmp_path)

    def place(settings: Settings) -> str | None:
        return _session_environment(acquired, workspace, settings, {}, tmp_path, "").get("TRACEPARENT")

    assert place(Settings()) == came_with
    assert place(Settings(otel=True)) == session_place(acquired.session.id, came_with)

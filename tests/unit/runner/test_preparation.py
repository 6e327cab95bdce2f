"""What a session is given."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from notebook_automation.domain.masking import MASK
from notebook_automation.runner.preparation import _write_context, masker_of


def test_a_session_s_own_token_is_hidden_also_where_its_project_has_no_secrets(acquired: Any) -> None:
    assert not acquired.secrets
    assert masker_of(acquired).text(f"Bearer {acquired.token}") == f"Bearer {MASK}"


def test_what_its_sender_sent_as_credentials_is_hidden(acquired: Any) -> None:
    masker = masker_of(replace(acquired, credentials=["sender-t0ken"], variables={"A": "s3cret"}, secrets=["A"]))
    assert masker.text("sender-t0ken s3cret") == f"{MASK} {MASK}"


def test_what_a_session_may_know_is_in_a_file_of_its_user_alone(acquired: Any, tmp_path: Path) -> None:
    assert _write_context(acquired, tmp_path).stat().st_mode & 0o777 == 0o600

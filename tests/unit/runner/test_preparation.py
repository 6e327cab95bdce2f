"""What a session is given."""

from __future__ import annotations

from typing import Any

from notebook_automation.domain.masking import MASK
from notebook_automation.runner.preparation import masker_of


def test_a_session_s_own_token_is_hidden_also_where_its_project_has_no_secrets(acquired: Any) -> None:
    assert not acquired.secrets
    assert masker_of(acquired).text(f"Bearer {acquired.token}") == f"Bearer {MASK}"

"""Sessions that follow others: with what these have left, and once all of several have ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from chain_story import joined_when_all_have_ended

if TYPE_CHECKING:
    from .conftest import Stand

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def test_a_session_runs_when_all_that_it_follows_have_ended(stand: Stand) -> None:
    session = await joined_when_all_have_ended(stand)
    assert (session.status, session.parameters, session.started_by) == ("completed", {"total": 7}, "sales/join")
    assert ("print", "joined 7") in await stand.log(session.id)

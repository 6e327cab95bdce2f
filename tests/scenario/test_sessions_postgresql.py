"""The same session with PostgreSQL underneath: claimed, gated, told and ended there."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

from chain_story import joined_when_all_have_ended

if TYPE_CHECKING:
    from .conftest import MakeStand


async def test_sessions_run_and_are_given_up_on_postgresql(fresh_stand: MakeStand, postgres_url: str) -> None:
    stand = await fresh_stand(database_url=postgres_url, lease=2.0)
    stand.notebook("fine.ipynb", "print('hi'); open('made.txt', 'w').write('x')")
    session = await stand.run("fine.ipynb")
    assert (session.status, session.reason) == ("completed", None)
    assert set(await stand.artifacts(session.id)) == {"fine.ipynb", "made.txt"}
    stand.notebook("long.ipynb", "1", "import time; time.sleep(600)")
    session_id = await stand.start("long.ipynb")
    await stand.running_cell(session_id, 2)
    kernel = stand.kernel_pid(session_id)
    os.kill(stand.runner_pid(session_id), signal.SIGKILL)
    assert (await stand.ended(session_id)).status == "abandoned"
    await stand.gone(kernel)
    joined = await joined_when_all_have_ended(stand)
    assert (joined.status, joined.parameters) == ("completed", {"total": 7})

"""Forms that nobody waits for any more are forgotten."""

from __future__ import annotations

import pytest

from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import NotFound
from notebook_automation.services.forms import Forms

ANA = Caller(kind="user", login="ana")


async def test_one_that_is_not_looked_at_is_forgotten_after_a_while() -> None:
    now = [0.0]
    forms = Forms(clock=lambda: now[0])
    left, looked_at = await forms.ask(ANA, {}), await forms.ask(ANA, {})
    now[0] = 3000.0
    await forms.look(ANA, looked_at.id)
    now[0] = 4000.0
    await forms.ask(ANA, {})
    with pytest.raises(NotFound):
        await forms.look(ANA, left.id)
    assert (await forms.look(ANA, looked_at.id)).id == looked_at.id


async def test_there_are_never_more_than_can_be_kept() -> None:
    forms = Forms()
    made = [await forms.ask(ANA, {}) for _ in range(250)]
    with pytest.raises(NotFound):
        await forms.look(ANA, made[0].id)
    assert (await forms.look(ANA, made[-1].id)).id == made[-1].id
    assert len(forms._forms) == 200

"""Forms of open notebooks, in memory: a page hands in a value, and the cell that waits for it gets it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import Conflict, NotFound
from notebook_automation.domain.forms import FORM_ID, FormResource, OpenForm
from notebook_automation.domain.inquiry_forms import check_schema, check_value

LONGEST_LOOK = 30.0
"""Seconds for which one look at a form may last."""
_KEPT = 3600.0
"""Seconds for which a form is kept at which no cell looks any more."""
_MOST = 200


class Forms:
    """The service of forms. They are gone with the server, as are the kernels whose cells wait for them.

    Whoever may use the server and knows a form's id, 80 random bits that stand in the notebook, may fill it in: who has
    started a notebook has another name by the token of its kernel than by the cookie of the page.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._forms: dict[str, OpenForm] = {}
        self._seen: dict[str, float] = {}
        self._submitted: dict[str, asyncio.Event] = {}

    async def ask(self, caller: Caller, schema: Any) -> OpenForm:
        """Return a new form. Raises Forbidden, Invalid (``schema_invalid``), TooLarge."""
        caller.require("answer", FormResource())
        check_schema(schema)
        self._forget_old()
        form = OpenForm(id=FORM_ID.new(), schema=schema)
        self._forms[form.id], self._submitted[form.id] = form, asyncio.Event()
        self._seen[form.id] = self._clock()
        return form

    async def look(self, caller: Caller, form_id: str, seconds: float = 0.0) -> OpenForm:
        """Return a form as soon as it is submitted, or as it is after ``seconds``. Raises Forbidden, NotFound."""
        caller.require("answer", FormResource(id=form_id))
        self._get(form_id)
        self._seen[form_id] = self._clock()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(max(seconds, 0.0), LONGEST_LOOK)):
                await self._submitted[form_id].wait()
        return self._get(form_id)

    async def submit(self, caller: Caller, form_id: str, value: Any) -> OpenForm:
        """Take ``value`` for a form, once.

        Raises Forbidden, NotFound, Invalid (``value_invalid``), TooLarge, Conflict (``form_submitted``).
        """
        caller.require("answer", FormResource(id=form_id))
        form = self._get(form_id)
        if form.is_submitted:
            raise Conflict("This form was submitted before: run its cell again to change it.", code="form_submitted")
        check_value(form.schema, value, "The value")
        form = self._forms[form_id] = replace(form, value=value, is_submitted=True)
        self._submitted[form_id].set()
        return form

    async def remove(self, caller: Caller, form_id: str) -> None:
        """Forget a form: its cell waits no more. Raises Forbidden."""
        caller.require("answer", FormResource(id=form_id))
        self._forget(form_id)

    def _get(self, form_id: str) -> OpenForm:
        form = self._forms.get(form_id)
        if form is None:
            raise NotFound(
                "No cell waits for this form any more: it was interrupted, or the server was restarted. Run it again.",
                code="form_not_found",
            )
        return form

    def _forget_old(self) -> None:
        oldest = sorted(self._seen, key=lambda form_id: self._seen[form_id])
        ended = [one for one in oldest if self._clock() - self._seen[one] > _KEPT]
        for form_id in {*ended, *oldest[: max(0, len(oldest) - _MOST + 1)]}:
            self._forget(form_id)

    def _forget(self, form_id: str) -> None:
        self._forms.pop(form_id, None)
        self._seen.pop(form_id, None)
        # Whoever looks is woken, and told.
        submitted = self._submitted.pop(form_id, None)
        if submitted is not None:
            submitted.set()

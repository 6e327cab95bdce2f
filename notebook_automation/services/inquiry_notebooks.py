"""The notebook as it was when an inquiry was asked, beside that of the last approved run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import Conflict, NotFound
from notebook_automation.domain.inquiries import Inquiry, Shown, no_inquiry
from notebook_automation.domain.notebook_diff import Cell, CellChange, cells_of, changes
from notebook_automation.domain.shown import approved_to_compare, is_light, notebook_of
from notebook_automation.ports import Blobs
from notebook_automation.store import inquiries
from notebook_automation.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedNotebook:
    """The ``cells`` of an inquiry's notebook, of which that at ``asking`` (an index) asks, None where none shows that.

    ``changes`` are those since the ``approved`` one, none where there is none.
    """

    inquiry: Inquiry
    cells: Sequence[Cell]
    asking: int | None
    approved: Inquiry | None
    changes: Sequence[CellChange]


class InquiryNotebooks:
    """The service of the notebooks that inquiries show."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    async def compared(self, caller: Caller, inquiry_id: str) -> ComparedNotebook:
        """Return an inquiry's notebook and its difference to the last approved run of its trigger, or call.

        Raises NotFound (``inquiry_not_found``, ``notebook_not_shown``, ``blob_missing``), Forbidden, Conflict
        (``notebook_unreadable``).
        """

        def work(tx: Connection) -> tuple[Inquiry, Inquiry | None]:
            found = inquiries.get(tx, inquiry_id)
            if found is None:
                raise no_inquiry(inquiry_id)
            caller.require("read", found.resource)
            return found, approved_to_compare(inquiries.responded_like(tx, found), found)

        inquiry, approved = await self._database.read(work)
        notebook = notebook_of(inquiry)
        if notebook is None:
            raise NotFound(
                "This inquiry shows no notebook: its session had saved none when it asked.", code="notebook_not_shown"
            )
        before = None if approved is None else notebook_of(approved)
        return await asyncio.to_thread(self._compared, inquiry, notebook, approved, before)

    def _compared(
        self, inquiry: Inquiry, notebook: Shown, approved: Inquiry | None, before: Shown | None
    ) -> ComparedNotebook:
        cells = self._cells(notebook)
        # A session that is not durable does not know where in its notebook it is.
        running = (cell.index for cell in cells if cell.is_running or cell.index == inquiry.cell_index)
        asking = next(running, None)
        if approved is None or before is None:
            return ComparedNotebook(inquiry=inquiry, cells=cells, asking=asking, approved=None, changes=())
        found = changes(self._cells(before), cells)
        return ComparedNotebook(inquiry=inquiry, cells=cells, asking=asking, approved=approved, changes=found)

    def _cells(self, notebook: Shown) -> list[Cell]:
        content = self._blobs.path(notebook.digest).read_bytes()
        try:
            if is_light(content):
                return cells_of(json.loads(content))
        except (ValueError, RecursionError):
            pass
        raise Conflict(
            f"What the session had saved as {notebook.name} is no notebook that can be shown: download it instead.",
            code="notebook_unreadable",
        )

"""Cells that ran before their kernel was made: the messages they showed, as a kernel would have sent them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

RecordedCells = Mapping[int, Sequence[Mapping[str, Any]]]
"""By the cell's index its messages, in order: ``msg_type``, ``content`` and ``date``."""


def as_messages(recorded: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return recorded messages of one cell in the form in which a kernel's arrive."""
    return [
        {
            "msg_type": one["msg_type"],
            "header": {"msg_type": one["msg_type"], "date": one["date"]},
            "parent_header": {"msg_id": "set-up"},
            "metadata": {},
            "content": json.loads(text := json.dumps(one["content"])),
            "buffers": [],
            "size": len(text),
        }
        for one in recorded
    ]

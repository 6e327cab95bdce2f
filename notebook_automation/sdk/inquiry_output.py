"""What a waiting cell says of its inquiries: in a session's notebook, as text and as HTML with a way to the answer."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from .inquiry_texts import state_text
from .markup import tag
from .records import Record

_QUIET = "color: var(--jp-ui-font-color2, #616161)"
_FRAME = (
    "border-left: 3px solid var(--jp-brand-color1, #1976d2); padding: 2px 10px; "
    "font-family: var(--jp-ui-font-family, sans-serif); font-size: var(--jp-ui-font-size1, 13px)"
)


class InquiryOutput:
    """The displayed state of inquiries; ``_repr_html_`` and ``repr`` for notebooks."""

    def __init__(self, inquiries: Sequence[Record]) -> None:
        self._inquiries = list(inquiries)
        self._handle: Any = None

    def show(self) -> None:
        """Display it in the cell that runs, if this is a kernel."""
        shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
        if shell is None:
            return
        from IPython.display import display

        self._handle = display(self, display_id=True)  # type: ignore[no-untyped-call]

    def update(self, inquiries: Sequence[Record]) -> None:
        """Let what is displayed say how they stand now."""
        self._inquiries = list(inquiries)
        if self._handle is not None:
            self._handle.update(self)

    def __repr__(self) -> str:
        return "\n".join(_line(one) for one in self._inquiries)

    def _repr_html_(self) -> str:
        return str(tag("div", *(tag("div", *_parts(one)) for one in self._inquiries), style=_FRAME))


def _parts(inquiry: Record) -> Iterator[Any]:
    yield tag("b", inquiry.get("title") or "Inquiry")
    yield " "
    yield tag("span", state_text(inquiry), style=_QUIET)
    yield " "
    yield tag(
        "a",
        "Answer it" if inquiry["status"] == "pending" else "Open it",
        # JupyterLab would look for a file behind a bare "#".
        href="#automation",
        data_commandlinker_command="notebook-automation:open",
        data_commandlinker_args=json.dumps({"page": "inquiry", "id": str(inquiry["id"])}),
        style="color: var(--jp-content-link-color, #1976d2)",
    )
    yield " "
    yield tag("code", inquiry["id"], style="background: transparent; color: inherit")


def _line(inquiry: Record) -> str:
    how = (
        f" Answer it in the panel, or by: jupyter automation inquiry answer {inquiry['id']}"
        if inquiry["status"] == "pending"
        else ""
    )
    return f"{inquiry.get('title') or 'Inquiry'} ({inquiry['id']}): {state_text(inquiry)}.{how}"

"""`na.inquiries`: what waits for your answer, as a widget where widgets are, else as a list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from notebook_automation.sdk.client import connect, path_of
from notebook_automation.sdk.errors import for_people
from notebook_automation.sdk.inquiry_output import InquiryOutput
from notebook_automation.sdk.records import Record

from .frontend import shows_widgets

if TYPE_CHECKING:
    from .inquiries import InquiriesWidget

_MOST = 50


class WaitingInquiries(Sequence[Record]):
    """What waited for an answer when it was asked for, newest first; a notebook shows it live, with forms."""

    def __init__(self, found: Sequence[Record], project_id: str | None) -> None:
        self._found = list(found)
        self._project_id = project_id
        self._widget: InquiriesWidget | None = None

    def widget(self) -> InquiriesWidget:
        """Return the widget that shows it live; it is the same at each call."""
        # anywidget takes a while to import.
        from .inquiries import InquiriesWidget

        if self._widget is None:
            self._widget = InquiriesWidget(project_id=self._project_id)
        return self._widget

    def __getitem__(self, index: Any) -> Any:
        return self._found[index]

    def __iter__(self) -> Iterator[Record]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)

    def __repr__(self) -> str:
        return repr(InquiryOutput(self._found)) if self._found else "Nothing waits for you."

    def _repr_html_(self) -> str:
        return InquiryOutput(self._found)._repr_html_() if self._found else "Nothing waits for you."

    def _ipython_display_(self) -> None:
        if not shows_widgets():
            raise NotImplementedError  # IPython then shows the HTML or the text
        from IPython.display import display

        bundle = self.widget()._repr_mimebundle_()
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        plain = {"text/plain": repr(self), "text/html": self._repr_html_()}
        display({**(data or {}), **plain}, raw=True)  # type: ignore[no-untyped-call]


@for_people
def inquiries(project: str | None = None) -> WaitingInquiries:
    """Return what waits for your answer, of one ``project`` or of all: a notebook shows it with forms and buttons.

    The form works while a cell of the notebook runs.
    """
    project_id = connect().get(path_of("projects", project))["id"] if project else None
    query = {"status": "pending", "assigned_to": "me", "limit": _MOST, "project_id": project_id}
    return WaitingInquiries(connect().get("inquiries", **query)["items"], project_id)

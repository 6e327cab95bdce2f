"""What a session asks people, within the session's own widget: with forms that work while a cell waits for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from notebook_automation.sdk.client import connect

if TYPE_CHECKING:
    from .inquiries import InquiriesWidget


class SessionInquiries:
    """Looks whether a session asks something whenever what it waits for changes; ``widget`` from the first time on."""

    def __init__(self) -> None:
        self.widget: InquiriesWidget | None = None
        self._seen: object = None

    def look(self, session: Mapping[str, Any]) -> None:
        """Look at ``session`` as the server shows it. Raises SdkError."""
        waits = session.get("waiting_for")
        if waits == self._seen:
            return
        if waits and self.widget is None:
            query = {"session_id": session["id"], "status": "pending", "limit": 1}
            if connect().get("inquiries", **query)["items"]:
                from .inquiries import InquiriesWidget

                self.widget = InquiriesWidget(session_id=session["id"])
        self._seen = waits

    def close(self) -> None:
        """Take the widget away; the next session has its own."""
        if self.widget is not None:
            self.widget.close()
        self.widget, self._seen = None, None

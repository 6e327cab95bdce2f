"""The widget of what waits for an answer: in an open notebook, also while a cell of it runs."""

from __future__ import annotations

from typing import Any

import traitlets

from .browser_side import AskingWidget, script, style


class InquiriesWidget(AskingWidget):
    """Shows what waits for whoever looks at it, with forms; or what one session asks.

    ``scope`` narrows it: ``session_id``, ``project_id``. What is answered, and by whom, is between the page and the
    server: whoever is signed in there answers, whosever kernel this is.
    """

    _esm = script("server", "form", "inquiries")
    _css = style()
    scope = traitlets.Dict().tag(sync=True)

    def __init__(self, *, session_id: str | None = None, project_id: str | None = None) -> None:
        scope: dict[str, Any] = {"session_id": session_id, "project_id": project_id}
        super().__init__(scope={name: value for name, value in scope.items() if value})

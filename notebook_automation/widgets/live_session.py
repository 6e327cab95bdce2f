"""`na.start`: start another notebook or function of this project; the handle shows itself live where widgets are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from notebook_automation.sdk.errors import for_people
from notebook_automation.sdk.records import Record
from notebook_automation.sdk.sessions import Session, start_session

from .frontend import shows_widgets

if TYPE_CHECKING:
    from .session import SessionWidget


class LiveSession(Session):
    """A session that was started, which a notebook shows as a live widget."""

    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self._widget: SessionWidget | None = None

    def widget(self) -> SessionWidget:
        """Return the widget that shows it live; it is the same at each call, until it is closed.

        Raises ImportError where ipywidgets is not installed.
        """
        # ipywidgets takes a fifth of a second to import, and need not be installed.
        from .session import SessionWidget

        if self._widget is None or self._widget.is_closed:
            self._widget = SessionWidget(self)
        return self._widget

    def _ipython_display_(self) -> None:
        if not shows_widgets():
            raise NotImplementedError  # IPython then shows the HTML or the text
        self.widget().show()


@for_people
def start(
    call: str,
    parameters: Mapping[str, Any] | None = None,
    /,
    *,
    on_parent_end: Literal["keep", "cancel"] = "keep",
    **more: Any,
) -> LiveSession:
    """Start ``call`` (`report.ipynb`, `report.ipynb:handler`, `program.py:function`) of this project.

    Its parameters are given as a mapping, by name, or both. Returns the session without waiting for it. ``cancel`` it
    ``on_parent_end`` where it is of no use once the session that starts it here has ended, however that ends: else it
    goes on (``keep``).
    """
    return LiveSession(start_session(call, {**(parameters or {}), **more}, on_parent_end))

"""A session, live: its status, how far it is, what it prints, why it failed, what it kept; Cancel and Retry."""

from __future__ import annotations

import threading
from collections import deque
from datetime import UTC, datetime
from typing import Any

import ipywidgets

from notebook_automation.sdk.client import connect, path_of
from notebook_automation.sdk.errors import Refused, SdkError
from notebook_automation.sdk.markup import Html
from notebook_automation.sdk.sessions import ENDED, Session

from . import drawing, frontend
from .following import follower

SHORTEST, LONGEST = 0.5, 5.0
"""Seconds between two looks: a sixtieth of the session's age, within these."""
AFTER_TROUBLE = 5.0
"""Seconds until the next look when the server did not answer."""
LINES = 8
"""Lines of the log that are shown."""
_PAGE, _PAGES, _LAST_PAGES = 500, 4, 100
"""Entries of the log that are fetched at a time; at most how many times in one look, and in the last one."""
_LINKS = 20
"""Artifacts that are listed; the panel shows all."""
_SAID = ("print", "stderr", "error")


class SessionWidget(ipywidgets.VBox):  # type: ignore[misc]
    """Shows ``session`` until it has ended, without holding up the kernel: also while a cell waits for it.

    What it shows is fetched and sent by a thread. A click is a message to the kernel, which takes it for certain only
    when it is free. While a cell waits, click Cancel and interrupt the kernel: that ends the waiting, not the session,
    and the click is delivered. A line says so for as long as a cell runs.

    It stops looking when the session has ended, when it is closed, and when the kernel shuts down. Retry starts the
    session once more, and this widget goes on with the new one: ``session`` is the one that it shows.
    """

    def __init__(self, session: Session, **more: Any) -> None:
        self.session = session
        self._looking = threading.RLock()
        self._wanted: str | None = None
        self._refusal = self._trouble = ""
        self._left: str | None = None
        self._busy_looks = 0
        self._server: str | None = None
        self._lines: deque[str] = deque(maxlen=LINES)
        self._seen = 0
        self._kept: list[Any] = []
        self._outputs: list[Any] = []
        grow = ipywidgets.Layout(flex="1 1 auto", min_width="0")
        self._head = ipywidgets.HTML(layout=grow)
        self._elapsed = ipywidgets.HTML(layout=ipywidgets.Layout(flex="0 0 auto"))
        self._parts = {name: ipywidgets.HTML() for name in ("progress", "log", "failure", "artifacts", "note")}
        self._cancel = _button("Cancel", "End this session; its output so far is kept", self._on_cancel)
        self._retry = _button("Retry", "Run this once more, from the same files", self._on_retry)
        top = ipywidgets.HBox([self._head, self._elapsed])
        buttons = ipywidgets.HBox([self._cancel, self._retry])
        super().__init__([top, *self._parts.values(), buttons], **more)
        self.layout.border = f"1px solid {drawing.LINE}"
        self.layout.padding = "8px 12px"
        self.layout.max_width = "60em"
        self.add_class("na-SessionWidget")
        self._draw()
        follower.look_soon(self)

    @property
    def is_closed(self) -> bool:
        """Whether it was closed, and so shows nothing any more."""
        return self.comm is None

    def show(self) -> None:
        """Display it, with its HTML and text for what cannot show widgets.

        What is left when the session has completed is the HTML: it stays in the saved notebook, a widget does not.
        """
        from IPython.display import display

        with self._looking:
            shown = display(self._bundle(), raw=True, display_id=True)  # type: ignore[no-untyped-call]
            if shown is not None:
                self._outputs.append(shown)

    def refresh(self) -> SessionWidget:
        """Look now, and return this widget when it shows what was seen."""
        self.look()
        return self

    def look(self) -> float | None:
        """Do what was clicked, fetch, and show; return the seconds until the next look, None for no more."""
        with self._looking:
            if self.is_closed:
                return None
            try:
                self._act()
                self._fetch()
            except SdkError as error:
                self._trouble = str(error)
                self._draw()
                gone = isinstance(error, Refused) and error.status in (401, 403, 404)
                return None if gone else AFTER_TROUBLE
            self._draw()
            if self.session.to_dict()["status"] in ENDED:
                self._leave()
                return None
            return min(max(SHORTEST, self._age() / 60), LONGEST)

    def close(self) -> None:
        """Stop looking, and take it away from where it is shown."""
        follower.drop(self)
        for child in self.children if self.comm is not None else ():
            for inner in getattr(child, "children", ()):
                inner.close()
            child.close()
        super().close()

    def still(self) -> Html:
        """Return what it shows now as HTML that needs no widget."""
        parts = (self._head, self._elapsed, *self._parts.values())
        return drawing.still(self.session.to_dict(), [Html(part.value) for part in parts])

    def _on_cancel(self, _: object) -> None:
        self._want("cancel")

    def _on_retry(self, _: object) -> None:
        self._want("retry")

    def _want(self, what: str) -> None:
        """Leave the asking to the thread: a click must not hold up the kernel."""
        self._wanted = what
        self._cancel.disabled = self._retry.disabled = True
        follower.look_soon(self)

    def _act(self) -> None:
        wanted, self._wanted, self._trouble = self._wanted, None, ""
        if wanted:
            self._refusal = ""
        try:
            if wanted == "cancel":
                self.session.cancel()
            elif wanted == "retry":
                self.session = self.session.retry()
                self._lines.clear()
                self._seen, self._kept = 0, []
        except Refused as error:
            self._refusal = str(error)

    def _fetch(self) -> None:
        told = self.session.refresh().to_dict()
        path = path_of("sessions", told["id"], "log")
        for _ in range(_LAST_PAGES if told["status"] in ENDED else _PAGES):
            entries = connect().get(path, after=self._seen, limit=_PAGE)["items"]
            for entry in entries:
                self._seen = entry["seq"]
                if entry["kind"] in _SAID:
                    self._lines.extend(drawing.clean(str(entry["text"] or "")).splitlines()[-LINES:])
            if len(entries) < _PAGE:
                break
        if told.get("artifact_count", 0) != len(self._kept) and len(self._kept) < _LINKS:
            self._kept = connect().get("artifacts", session=told["id"], limit=_LINKS)["items"]
            self._server = frontend.server_address()

    def _draw(self) -> None:
        """Set what each part shows; one that stays as it is sends nothing."""
        told = self.session.to_dict()
        ended = told["status"] in ENDED
        self._head.value = drawing.head(told)
        self._elapsed.value = drawing.elapsed(told)
        # The cell that displays this ends at once: only one that still runs at a later look is worth a word.
        self._busy_looks = self._busy_looks + 1 if frontend.cell_runs() and not ended else 0
        note = self._trouble or self._refusal or (frontend.CELL_RUNS if self._busy_looks > 2 else "")
        drawn = {
            "progress": drawing.progress(told),
            "log": drawing.log(self._lines),
            "failure": drawing.failure(told.get("error")),
            "artifacts": drawing.artifacts(self._kept, self._server),
            "note": drawing.note(note),
        }
        for name, markup in drawn.items():
            self._parts[name].value = markup
            self._parts[name].layout.display = None if markup else "none"
        self._cancel.disabled = self._wanted is not None or told["status"] == "canceling"
        self._retry.disabled = self._wanted is not None
        self._cancel.layout.display = "none" if ended else None
        self._retry.layout.display = None if ended and told["status"] != "completed" else "none"
        self.layout.border_left = f"3px solid {drawing.accent(told['status'])}"

    def _leave(self) -> None:
        """Give what is displayed its last form, once."""
        told = self.session.to_dict()
        if self._left == told["id"] or self.is_closed:
            return
        self._left = told["id"]
        for output in self._outputs:
            output.update(self._bundle(), raw=True)

    def _bundle(self) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/plain": repr(self.session), "text/html": str(self.still())}
        if self.session.to_dict()["status"] != "completed":
            bundle = {**self._repr_mimebundle_(), **bundle}
        return bundle

    def _age(self) -> float:
        begun = self.session.to_dict().get("started_at")
        return (datetime.now(UTC) - datetime.fromisoformat(begun)).total_seconds() if begun else 0.0


def _button(text: str, tooltip: str, act: Any) -> Any:
    button = ipywidgets.Button(
        description=text, tooltip=tooltip, layout=ipywidgets.Layout(width="auto", margin="6px 8px 0 0")
    )
    button.on_click(act)
    return button

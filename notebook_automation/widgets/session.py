"""A session, live: its status, how far it is, what it prints, why it failed, its artifacts; Cancel and Retry."""

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

from . import frontend, session_html
from .poller import poller
from .session_inquiries import SessionInquiries

SHORTEST, LONGEST = 0.5, 5.0
"""Seconds between two polls: a sixtieth of the session's age, within these."""
AFTER_ERROR = 5.0
"""Seconds until the next poll when the server did not answer."""
LINES = 8
"""Lines of the log that are shown."""
_PAGE, _PAGES, _LAST_PAGES = 500, 4, 100
"""Entries of the log that are fetched at a time; at most how many times in one poll, and in the last one."""
_LINKS = 20
"""Artifacts that are listed; the panel shows all."""
_PRINTED_KINDS = ("print", "stderr", "error")


class SessionWidget(ipywidgets.VBox):  # type: ignore[misc]
    """Shows ``session`` until it has ended, without holding up the kernel: also while a cell waits for it.

    What it shows is fetched and sent by a thread. A click is a message to the kernel, which takes it for certain only
    when it is free. While a cell waits, click Cancel and interrupt the kernel: that ends the waiting, not the session,
    and the click is delivered. A line says so for as long as a cell runs.

    It stops polling when the session has ended, when it is closed, and when the kernel shuts down. Retry starts the
    session once more, and this widget goes on with the new one: ``session`` is the one that it shows.
    """

    def __init__(self, session: Session, **more: Any) -> None:
        self.session = session
        self._polling = threading.RLock()
        self._requested: str | None = None
        self._refusal = self._problem = ""
        self._replaced_for: str | None = None
        self._busy_polls = 0
        self._server: str | None = None
        self._lines: deque[str] = deque(maxlen=LINES)
        self._seen = 0
        self._kept: list[Any] = []
        self._outputs: list[Any] = []
        self._inquiries = SessionInquiries()
        grow = ipywidgets.Layout(flex="1 1 auto", min_width="0")
        self._head = ipywidgets.HTML(layout=grow)
        self._elapsed = ipywidgets.HTML(layout=ipywidgets.Layout(flex="0 0 auto"))
        self._parts = {name: ipywidgets.HTML() for name in ("progress", "log", "failure", "artifacts", "note")}
        self._cancel = _button("Cancel", "End this session; its output so far is kept", self._on_cancel)
        self._retry = _button("Retry", "Run this once more, with the same files", self._on_retry)
        self._rerun = _button(
            "Run with files of now", "Run this once more, with the files as they are now", self._on_rerun
        )
        top = ipywidgets.HBox([self._head, self._elapsed])
        self._above = [top, *self._parts.values()]
        self._buttons = ipywidgets.HBox([self._cancel, self._retry, self._rerun])
        super().__init__([*self._above, self._buttons], **more)
        self.layout.border = f"1px solid {session_html.LINE}"
        self.layout.padding = "8px 12px"
        self.layout.max_width = "60em"
        self.add_class("na-SessionWidget")
        self._draw()
        poller.poll_soon(self)

    @property
    def is_closed(self) -> bool:
        """Whether it was closed, and so shows nothing any more."""
        return self.comm is None

    def show(self) -> None:
        """Display it, with its HTML and text for what cannot show widgets.

        What is left when the session has completed is the HTML: it stays in the saved notebook, a widget does not.
        """
        from IPython.display import display

        with self._polling:
            shown = display(self._bundle(), raw=True, display_id=True)  # type: ignore[no-untyped-call]
            if shown is not None:
                self._outputs.append(shown)

    def refresh(self) -> SessionWidget:
        """Ask the server now, and return this widget when it shows the answer."""
        self.poll()
        return self

    def poll(self) -> float | None:
        """Do what was clicked, fetch, and show; return the seconds until the next poll, None for no more."""
        with self._polling:
            if self.is_closed:
                return None
            try:
                self._act()
                self._fetch()
            except SdkError as error:
                self._problem = str(error)
                self._draw()
                gone = isinstance(error, Refused) and error.status in (401, 403, 404)
                return None if gone else AFTER_ERROR
            self._draw()
            if self.session.to_dict()["status"] in ENDED:
                self._replace_outputs()
                return None
            return min(max(SHORTEST, self._age() / 60), LONGEST)

    def close(self) -> None:
        """Stop polling, and take it away from where it is shown."""
        poller.remove(self)
        self._inquiries.close()
        for child in self.children if self.comm is not None else ():
            for inner in getattr(child, "children", ()):
                inner.close()
            child.close()
        super().close()

    def static_html(self) -> Html:
        """Return what it shows now as HTML that needs no widget."""
        parts = (self._head, self._elapsed, *self._parts.values())
        return session_html.static_frame(self.session.to_dict(), [Html(part.value) for part in parts])

    def _on_cancel(self, _: object) -> None:
        self._ask_for("cancel")

    def _on_retry(self, _: object) -> None:
        self._ask_for("retry")

    def _on_rerun(self, _: object) -> None:
        self._ask_for("rerun")

    def _ask_for(self, what: str) -> None:
        """Leave the asking to the thread: a click must not hold up the kernel."""
        self._requested = what
        self._cancel.disabled = self._retry.disabled = self._rerun.disabled = True
        poller.poll_soon(self)

    def _act(self) -> None:
        requested, self._requested, self._problem = self._requested, None, ""
        if requested:
            self._refusal = ""
        try:
            if requested == "cancel":
                self.session.cancel()
            elif requested in ("retry", "rerun"):
                self.session = self.session.retry(current_files=requested == "rerun")
                self._lines.clear()
                self._seen, self._kept = 0, []
                self._inquiries.close()
        except Refused as error:
            self._refusal = str(error)

    def _fetch(self) -> None:
        session = self.session.refresh().to_dict()
        self._inquiries.look(session)
        path = path_of("sessions", session["id"], "log")
        for _ in range(_LAST_PAGES if session["status"] in ENDED else _PAGES):
            entries = connect().get(path, after=self._seen, limit=_PAGE)["items"]
            for entry in entries:
                self._seen = entry["seq"]
                if entry["kind"] in _PRINTED_KINDS:
                    self._lines.extend(session_html.clean(str(entry["text"] or "")).splitlines()[-LINES:])
            if len(entries) < _PAGE:
                break
        if session.get("artifact_count", 0) != len(self._kept) and len(self._kept) < _LINKS:
            self._kept = connect().get("artifacts", session=session["id"], limit=_LINKS)["items"]
            self._server = frontend.server_address()

    def _draw(self) -> None:
        """Set what each part shows; one that stays as it is sends nothing."""
        session = self.session.to_dict()
        ended = session["status"] in ENDED
        self._head.value = session_html.head(session)
        self._elapsed.value = session_html.elapsed(session)
        # The cell that displays this ends at once: only one that still runs at a later poll is worth a note.
        self._busy_polls = self._busy_polls + 1 if frontend.cell_runs() and not ended else 0
        note = self._problem or self._refusal or (frontend.CELL_RUNS if self._busy_polls > 2 else "")
        drawn = {
            "progress": session_html.progress(session),
            "log": session_html.log(self._lines),
            "failure": session_html.failure(session.get("error")),
            "artifacts": session_html.artifacts(self._kept, self._server),
            "note": session_html.note(note),
        }
        for name, markup in drawn.items():
            self._parts[name].value = markup
            self._parts[name].layout.display = None if markup else "none"
        asks = [] if self._inquiries.widget is None else [self._inquiries.widget]
        self.children = [*self._above, *asks, self._buttons]
        self._cancel.disabled = self._requested is not None or session["status"] == "canceling"
        self._retry.disabled = self._rerun.disabled = self._requested is not None
        self._cancel.layout.display = "none" if ended else None
        again = None if ended and session["status"] != "completed" else "none"
        self._retry.layout.display = self._rerun.layout.display = again
        self.layout.border_left = f"3px solid {session_html.accent(session['status'])}"

    def _replace_outputs(self) -> None:
        """Give what is displayed its last form, once."""
        session = self.session.to_dict()
        if self._replaced_for == session["id"] or self.is_closed:
            return
        self._replaced_for = session["id"]
        for output in self._outputs:
            output.update(self._bundle(), raw=True)

    def _bundle(self) -> dict[str, Any]:
        bundle: dict[str, Any] = {"text/plain": repr(self.session), "text/html": str(self.static_html())}
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

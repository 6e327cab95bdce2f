"""The parts of a session's widget as HTML: escaped by construction, in the theme's colours, named for everybody."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from notebook_automation.sdk.markup import Html, tag
from notebook_automation.sdk.sessions import ENDED
from notebook_automation.sdk.sizes import size_text
from notebook_automation.sdk.times import lasting

LINE = "var(--jp-border-color2, var(--vscode-panel-border, #bdbdbd))"
_LONGEST_LINE = 400
_LONGEST_TRACEBACK = 20_000
"""Characters of one line of the log, and of a traceback (its end), that are shown."""

_TEXT = "var(--jp-ui-font-color1, var(--vscode-foreground, currentColor))"
_QUIET = "color: var(--jp-ui-font-color2, var(--vscode-descriptionForeground, #616161))"
_FONT = "font-family: var(--jp-ui-font-family, sans-serif); font-size: var(--jp-ui-font-size1, 13px); line-height: 1.5"
_CODE = "font-family: var(--jp-code-font-family, monospace); font-size: var(--jp-code-font-size, 12px)"
_TONES = {
    "good": "var(--jp-success-color1, #2e7d32)",
    "bad": "var(--jp-error-color1, #c62828)",
    "warn": "var(--jp-warn-color1, #e65100)",
    "busy": "var(--jp-brand-color1, #1976d2)",
    "idle": "var(--jp-ui-font-color3, #757575)",
}
_STATUSES = {
    "requested": ("idle", "○", "Requested"),
    "scheduling": ("idle", "○", "Queued"),
    "scheduled": ("idle", "○", "Queued"),
    "running": ("busy", "●", "Running"),
    "waiting": ("warn", "◐", "Waiting"),
    "completed": ("good", "✓", "Completed"),
    "failed": ("bad", "✕", "Failed"),
    "canceling": ("warn", "■", "Cancelling"),
    "cancelled": ("idle", "■", "Cancelled"),
    "timeout": ("bad", "◷", "Timed out"),
    "abandoned": ("bad", "✕", "Abandoned"),
}
_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07]*\x07")


def accent(status: str) -> str:
    """Return the colour of a status."""
    return _TONES[_STATUSES.get(status, ("idle",))[0]]


def head(session: Mapping[str, Any]) -> Html:
    """Return the status, what runs, where, and why it stands as it does."""
    status = str(session["status"])
    tone, sign, word = _STATUSES.get(status, ("idle", "○", status))
    chip = tag(
        "span",
        tag("span", sign, aria_hidden="true", style=f"color: {_TONES[tone]}; margin-right: 4px"),
        word,
        role="status",
        aria_label=f"Status: {word}",
        data_status=status,
        style=f"border: 1px solid {_TONES[tone]}; border-radius: 11px; padding: 0 8px; white-space: nowrap",
    )
    what = session.get("trigger") or session.get("call") or ""
    parts: list[object] = [chip, "  ", tag("b", what), "  ", tag("span", session["id"], style=f"{_QUIET}; {_CODE}")]
    if session.get("retry_of"):
        parts += ["  ", tag("span", f"retry of {session['retry_of']}", style=_QUIET)]
    reason = session.get("reason")
    lines = [tag("div", *parts)]
    if reason and not session.get("error"):
        lines.append(tag("div", reason, style=_QUIET))
    return _block(*lines)


def elapsed(session: Mapping[str, Any]) -> Html:
    """Return how long it has run so far, or took."""
    duration = session.get("duration")
    if session["status"] not in ENDED or duration is None:
        begun = session.get("started_at")
        if not begun or session["status"] in ENDED:
            return Html("")
        passed = max(0.0, (datetime.now(UTC) - datetime.fromisoformat(begun)).total_seconds())
        text = f"{int(passed)} s" if passed < 60 else lasting(passed)
    else:
        text = lasting(duration)
    return _block(tag("span", text, aria_label=f"Time: {text}", style=f"{_QUIET}; white-space: nowrap"))


def progress(session: Mapping[str, Any]) -> Html:
    """Return how far it is: what it says itself, else by its cells; nothing before it starts and after its end."""
    if session["status"] in ENDED or not session.get("started_at"):
        return Html("")
    reported, total = session.get("progress"), session.get("total_cells")
    at = f"cell {session.get('current_cell') or 0} of {total}" if total else ""
    if reported:
        share: float | None = min(1.0, max(0.0, float(reported["value"])))
        text = " · ".join(filter(None, (f"{share:.0%}", str(reported.get("message") or "")[:_LONGEST_LINE], at)))
    elif total:
        # The cell that runs is not done yet.
        share = min(1.0, max(0, (session.get("current_cell") or 1) - 1) / total)
        text = at
    else:
        share, text = None, "running"
    bar = tag(
        "progress",
        max="1",
        # Without a value a browser shows that something goes on, and not how far.
        value=None if share is None else f"{share:.4f}",
        aria_label="Progress",
        aria_valuetext=text,
        style=f"width: 16em; vertical-align: middle; accent-color: {_TONES['busy']}",
    )
    return _block(bar, " ", tag("span", text, style=_QUIET))


def log(lines: Iterable[str]) -> Html:
    """Return the last lines that it printed."""
    kept = "\n".join(line[:_LONGEST_LINE] for line in lines)
    if not kept:
        return Html("")
    return _block(
        tag(
            "pre",
            kept,
            role="log",
            aria_label="Last lines of the log",
            tabindex="0",
            style=f"{_CODE}; color: {_TEXT}; background: var(--jp-layout-color2, rgba(127, 127, 127, 0.12)); "
            "margin: 4px 0 0; padding: 4px 8px; max-height: 12em; overflow: auto; white-space: pre-wrap; "
            "overflow-wrap: anywhere; border-radius: 3px",
        )
    )


def failure(error: Mapping[str, Any] | None) -> Html:
    """Return the exception, the cell at which it came, and the traceback to be unfolded."""
    if not error:
        return Html("")
    where = f" in cell {error['cell_number']}" if error.get("cell_number") is not None else ""
    pre = f"{_CODE}; color: {_TEXT}; margin: 4px 0; padding: 0 8px; overflow: auto; max-height: 24em; white-space: pre"
    parts: list[object] = [
        tag("b", clean(f"{error['ename']}: {error['evalue']}"), style=f"color: {_TONES['bad']}"),
        tag("span", where, style=_QUIET),
    ]
    if error.get("cell_source"):
        parts.append(
            tag("pre", clean(str(error["cell_source"])), aria_label="The failed cell", tabindex="0", style=pre)
        )
    traceback = clean("\n".join(map(str, error.get("traceback") or [])))
    if traceback:
        shown = tag("pre", traceback[-_LONGEST_TRACEBACK:], aria_label="Traceback", tabindex="0", style=pre)
        parts.append(tag("details", tag("summary", "Traceback", style="cursor: pointer"), shown))
    return _block(tag("div", *parts, role="group", aria_label="Error", style="margin-top: 4px"))


def artifacts(items: Iterable[Mapping[str, Any]], server: str | None = None) -> Html:
    """Return links to what it kept. ``server`` is the address for a page that the Jupyter server did not serve."""
    links: list[object] = []
    for item in items:
        name, address = str(item["name"]), safe_address(item.get("url") or item.get("content_url"), server)
        about = "" if item.get("url") else f" {size_text(int(item.get('size') or 0))}"
        link = (
            tag(
                "a",
                name,
                href=address,
                target="_blank",
                rel="noopener noreferrer",
                style="color: var(--jp-content-link-color, var(--vscode-textLink-foreground, #1976d2))",
            )
            if address
            else name
        )
        links.append(tag("li", link, tag("span", about, style=_QUIET), style="display: inline; margin-right: 1em"))
    if not links:
        return Html("")
    listed = tag("ul", *links, aria_label="Artifacts", style="display: inline; margin: 0; padding: 0")
    return _block(tag("span", "Artifacts  ", style=_QUIET), listed)


def note(text: str) -> Html:
    """Return a sentence beneath the rest."""
    return _block(tag("span", text, role="note", style=_QUIET)) if text else Html("")


def panel_link(session: Mapping[str, Any]) -> Html:
    """Return a link that opens the session in the panel, in JupyterLab."""
    return tag(
        "a",
        "Open in the panel",
        # JupyterLab would look for a file behind a bare "#".
        href="#automation",
        data_commandlinker_command="notebook-automation:open",
        data_commandlinker_args=json.dumps({"page": "session", "id": str(session["id"])}),
        style="color: var(--jp-content-link-color, #1976d2)",
    )


def static_frame(session: Mapping[str, Any], parts: Iterable[Html]) -> Html:
    """Return ``parts`` in one frame that needs no widget: what a saved notebook shows."""
    return tag(
        "div",
        *parts,
        _block(panel_link(session)),
        role="group",
        aria_label=f"Session {session['id']}",
        style=f"border: 1px solid {LINE}; border-left: 3px solid {accent(str(session['status']))}; "
        "border-radius: 4px; padding: 8px 12px; max-width: 60em",
    )


def safe_address(address: object, server: str | None = None) -> str | None:
    """Return ``address`` if it leads to a web page or to this server, else None: it may come from anybody."""
    text = str(address or "").strip()
    if text.startswith("/") and not text.startswith(("//", "/\\")):
        return urljoin(server, text) if server else text
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return text if parts.scheme in ("http", "https") and parts.netloc else None


def clean(text: str) -> str:
    """Return ``text`` without what moves or colours a terminal."""
    return _ESCAPES.sub("", text)


def _block(*content: object) -> Html:
    return tag("div", *content, style=f"{_FONT}; color: {_TEXT}; white-space: normal")

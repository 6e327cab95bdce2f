"""What a value looks like to whoever is asked about it: a picture, a table, a page; and the same as plain text."""

from __future__ import annotations

import json
import os
import sys
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .artifact_file import ArtifactFile
from .artifact_values import artifact_file
from .encoding import to_json
from .errors import Invalid
from .figures import figure_file
from .sizes import size_text
from .tables import frame_of

MOST_BYTES = 20 * 1024 * 1024
"""Bytes of one thing that is shown."""

_ROWS, _COLUMNS, _TEXT_ROWS, _TEXT_COLUMNS = 200, 50, 40, 12
"""What is shown of a table: as HTML, and as text; how large it is is said below it."""
_LONGEST_TEXT = 100_000
"""Characters of a text form; whoever needs all of it is shown a file."""
_RICHEST_FIRST = (
    "image/png", "image/jpeg", "image/gif", "image/svg+xml", "text/html", "text/markdown", "application/pdf",
    "application/json", "text/latex", "text/plain",
)  # fmt: skip
_PAGE = (
    '<!doctype html><meta charset="utf-8"><style>:root{{color-scheme:light dark}}body{{font:13px/1.4 system-ui,'
    "sans-serif;margin:8px}}table{{border-collapse:collapse}}th,td{{padding:3px 8px;text-align:right;"
    "border-bottom:1px solid #8884}}</style>{}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """``body`` is what is sent; ``text`` says the same where only text can be shown, None where it is text itself."""

    what: str
    media_type: str
    body: bytes
    text: str | None = None


def form_of(value: Any) -> Form:
    """Return how ``value`` is shown.

    Raises Invalid (``shown_invalid``) for what shows nothing of itself, (``shown_too_large``) beyond `MOST_BYTES`.
    """
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bytes | bytearray | memoryview):
        raise Invalid(
            "Bytes say nothing to whoever is asked: show a figure, a table, text, or the pathlib.Path of a file.",
            code="shown_invalid",
        )
    if isinstance(value, os.PathLike):
        return _of_file(artifact_file(value, os.path.basename(os.fspath(value))), "file")
    frame = frame_of(value)
    if frame is not None:
        return _table(frame)
    figure = figure_file(value, "figure")
    if figure is not None:
        return _of_file(figure, "figure")
    if value is None or isinstance(value, bool | int | float | dict | list | tuple):
        return Form(what="value", media_type="application/json", body=to_json(value, indent=2).encode())
    bundle = _bundle_of(value)
    for media_type in _RICHEST_FIRST:
        if bundle.get(media_type) is not None:
            return _of_bundle(media_type, bundle)
    raise Invalid(
        f"A {type(value).__qualname__} shows nothing of itself: show a figure, a table, text, or the pathlib.Path of a "
        "file.",
        code="shown_invalid",
    )


def check_size(name: str, size: int) -> None:
    """Raise Invalid (``shown_too_large``) for more than `MOST_BYTES`."""
    if size > MOST_BYTES:
        raise Invalid(
            f"{name} is {size_text(size)}; what is shown may have {size_text(MOST_BYTES)}: show a part of it, and keep "
            "the whole as an artifact.",
            code="shown_too_large",
        )


def _text(text: str, media_type: str = "text/plain") -> Form:
    return Form(what="text", media_type=media_type, body=text.encode("utf-8", "replace"))


def _of_file(file: ArtifactFile, what: str) -> Form:
    try:
        check_size(file.name, file.size)
        body = file.body if isinstance(file.body, bytes) else file.body.read()
    finally:
        file.close()
    return Form(what=what if what != "file" else file.name, media_type=file.media_type, body=body)


def _table(frame: Any) -> Form:
    """Return the beginning and the end of a table, with its size."""
    rows, columns = (int(number) for number in frame.shape)
    if hasattr(frame, "to_html") and hasattr(frame, "to_string"):
        html = frame.to_html(max_rows=_ROWS, max_cols=_COLUMNS, border=0, show_dimensions=False)
        text = frame.to_string(max_rows=_TEXT_ROWS, max_cols=_TEXT_COLUMNS, show_dimensions=False)
    else:
        html, text = str(frame._repr_html_()), str(frame)
    size = f"{rows:,} rows × {columns:,} columns"
    page = _PAGE.format(f"{html}<p>{size}</p>")
    return Form(what="table", media_type="text/html", body=page.encode("utf-8", "replace"), text=f"{text}\n{size}\n")


def _bundle_of(value: Any) -> Mapping[str, Any]:
    """Return what a value shows of itself in a notebook, by media type."""
    show = None if isinstance(value, type) else getattr(value, "_repr_mimebundle_", None)
    bundle = _content(show()) if callable(show) else None
    if isinstance(bundle, Mapping) and bundle:
        return bundle
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is not None:
        # It knows what libraries have registered for their types, too.
        return dict(shell.display_formatter.format(value)[0])
    found = {
        media_type: _content(method())
        for media_type, name in _METHODS.items()
        if not isinstance(value, type) and callable(method := getattr(value, name, None))
    }
    return {**found, "text/plain": repr(value)}


_METHODS = {
    "image/png": "_repr_png_",
    "image/jpeg": "_repr_jpeg_",
    "image/svg+xml": "_repr_svg_",
    "text/html": "_repr_html_",
    "text/markdown": "_repr_markdown_",
    "application/json": "_repr_json_",
    "text/latex": "_repr_latex_",
}


def _content(shown: Any) -> Any:
    """Return what is shown without the metadata that may come with it."""
    return shown[0] if isinstance(shown, tuple) else shown


def _of_bundle(media_type: str, bundle: Mapping[str, Any]) -> Form:
    content = bundle[media_type]
    plain = bundle.get("text/plain")
    text = str(plain)[:_LONGEST_TEXT] if plain is not None and not media_type.startswith("image/") else None
    if media_type.startswith("image/") and media_type != "image/svg+xml":
        body = b64decode(content) if isinstance(content, str) else bytes(content)
        return Form(what="image", media_type=media_type, body=body)
    if media_type == "image/svg+xml":
        return Form(what="image", media_type=media_type, body=str(content).encode("utf-8", "replace"))
    if media_type == "application/pdf":
        body = b64decode(content) if isinstance(content, str) else bytes(content)
        return Form(what="document", media_type=media_type, body=body, text=text)
    if media_type == "application/json":
        body = json.dumps(content, ensure_ascii=False, indent=2).encode("utf-8", "replace")
        return Form(what="value", media_type=media_type, body=body)
    if media_type == "text/html":
        return Form(what="page", media_type=media_type, body=str(content).encode("utf-8", "replace"), text=text)
    if media_type == "text/plain":
        return _text(str(content)[:_LONGEST_TEXT])
    # Markdown and LaTeX are read as they are written.
    return _text(str(content), media_type)

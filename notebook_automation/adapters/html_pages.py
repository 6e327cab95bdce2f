"""Pages without JavaScript and the text of e-mails: templates in `html/`, in which every value is escaped."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

_FOLDER = Path(__file__).with_name("html")


def render(template: str, **values: Any) -> str:
    """Return the text of a template; values are texts and are escaped where it is HTML.

    A template that takes a piece of HTML says so itself: only what `markdown.to_html` returned is given there.
    """
    return _environment().get_template(template).render(values)


@cache
def style() -> tuple[str, str]:
    """Return the style of our pages, and its hash as a Content-Security-Policy names it."""
    text = (_FOLDER / "style.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")
    return text, f"'sha256-{digest}'"


@cache
def _environment() -> Environment:
    # Not at the top: most servers never show such a page.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_FOLDER), autoescape=lambda name: not (name or "").endswith(".txt"),
        undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip

"""Markdown that somebody wrote becomes HTML that can do nothing: raw HTML is shown as text, the rest is sanitised."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mistune import Markdown

_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto"}


def to_html(text: str) -> str:
    """Return ``text``, Markdown, as a piece of HTML without scripts, styles, pictures, forms and relative links.

    Its headings begin with the second level, below the one of its page. A picture becomes its description: what is
    fetched from elsewhere tells its owner who looks, and when.
    """
    import nh3

    rendered = str(_renderer()(text))
    return nh3.clean(
        rendered, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, attribute_filter=_absolute_only,
        link_rel="noopener noreferrer nofollow",
    )  # fmt: skip


def _absolute_only(_tag: str, name: str, value: str) -> str | None:
    # A relative address would be one of the page's own server, where its reader may be signed in.
    if name == "href" and not value.lower().startswith(tuple(f"{scheme}:" for scheme in _SCHEMES)):
        return None
    return value


@cache
def _renderer() -> Markdown:
    import mistune

    class Renderer(mistune.HTMLRenderer):
        def heading(self, text: str, level: int, **attrs: Any) -> str:
            return super().heading(text, min(level + 1, 6), **attrs)

        def image(self, text: str, url: str, title: str | None = None) -> str:
            return mistune.escape(text or title or "")

    made: Any = mistune.create_markdown(escape=True, renderer=Renderer(escape=True), plugins=["table", "strikethrough"])
    renderer: Markdown = made
    return renderer

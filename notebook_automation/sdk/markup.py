"""HTML that is escaped by construction: whatever is not `Html` is text."""

from __future__ import annotations

import html
from collections.abc import Iterable


class Html(str):
    """Text that is HTML already: everything else is escaped when it is put inside a tag."""

    __slots__ = ()


def tag(name: str, *content: object, **attributes: str | None) -> Html:
    """Return an element; ``content`` and the attributes are escaped, `_` in an attribute's name is written `-`."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(f"<{name}{given}>{joined(content)}</{name}>")


def joined(parts: Iterable[object], separator: str = "") -> Html:
    """Return ``parts`` side by side, each escaped unless it is Html."""
    return Html(
        html.escape(separator).join(part if isinstance(part, Html) else html.escape(str(part)) for part in parts)
    )

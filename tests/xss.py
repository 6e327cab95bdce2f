"""Stored cross-site scripting: payloads, and whether a page that shows them could do anything of its own."""

from __future__ import annotations

from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path

PAYLOADS = (Path(__file__).parent / "data/xss_payloads.txt").read_text(encoding="utf-8").splitlines()
_SCHEMES = ("http:", "https:", "mailto:", "#")
_ADDRESSES = {"href", "src", "action", "formaction", "data", "xlink:href", "srcset", "poster", "background"}


class Elements(HTMLParser):
    """The elements of a page, each with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))


def active(page: str, allowed: Iterable[str]) -> list[str]:
    """Return what in ``page`` could do something, or is no element of ``allowed``."""
    known = set(allowed)
    wrong: list[str] = []
    for tag, attributes in Elements(page).found:
        if tag not in known:
            wrong.append(f"<{tag}>")
        for name, value in attributes.items():
            address = value.strip().lower()
            if name.startswith("on") or name in ("style", "srcdoc") or name.startswith("data-"):
                wrong.append(f"<{tag} {name}>")
            elif name in _ADDRESSES and tag == "a" and not address.startswith(_SCHEMES):
                wrong.append(f"<{tag} {name}={value!r}>")
    return wrong

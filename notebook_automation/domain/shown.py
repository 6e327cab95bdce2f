"""What may be shown with an inquiry, and of which kind it is: whoever asks names it, the server decides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .errors import Invalid
from .inquiries import Inquiry, Shown

MOST_BYTES = 20 * 1024 * 1024
"""Bytes of one thing that is shown."""
NOTEBOOK_TYPE = "application/x-ipynb+json"
ALTERNATIVE = "alternative"
"""The plain text that stands for the thing before it, where only text can be shown."""
NOTEBOOK = "notebook"
"""The notebook so far, which the server itself binds."""
_MOST_PARTS = 500_000
_PLAIN = "text/plain"
_LONGEST_NAME = 255
_DATA = ("text/csv", "text/tab-separated-values", "application/json")


def kind_of(media_type: str) -> str:
    """Return how something of ``media_type`` is shown: image, page, data, text or file."""
    essence = media_type.partition(";")[0].strip().lower()
    if essence.startswith("image/"):
        return "image"
    if essence in ("text/html", "application/xhtml+xml"):
        return "page"
    if essence in _DATA or essence.endswith("+json"):
        return "data"
    return "text" if essence.startswith("text/") else "file"


def new_shown(name: str, media_type: str, digest: str, size: int, *, alternative: bool = False) -> Shown:
    """Return stored content as something that is shown. Raises Invalid (``shown_name_invalid``)."""
    if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        raise Invalid(
            f"{name[:60]!r} is no name for something that is shown: use up to {_LONGEST_NAME} characters that can be "
            "printed.",
            code="shown_name_invalid",
            field="name",
        )
    kind = ALTERNATIVE if alternative and media_type == _PLAIN else kind_of(media_type)
    return Shown(name=name, kind=kind, media_type=media_type, digest=digest, size=size)


def is_light(content: bytes) -> bool:
    """Return whether JSON of a session may be read here: text takes its size, many small lists take much memory."""
    return content.count(b"[") + content.count(b"{") <= _MOST_PARTS


def bound(inquiry: Inquiry, sizes: dict[str, int], notebook: Shown | None) -> Inquiry:
    """Return ``inquiry`` with what it shows, and the notebook so far last.

    ``sizes`` are the bytes of what is stored, by hash. Whatever the asking code says, kinds follow from the types, and
    sizes are those of the stored copies. Raises Invalid (``shown_not_found``, ``shown_name_invalid``).
    """
    unknown = [one.digest for one in inquiry.shown if one.digest not in sizes]
    if unknown:
        raise Invalid(
            f"What is to be shown is not stored: {unknown[0][:80]!r}. Store it by POST sessions/…/shown first.",
            code="shown_not_found",
            field="show",
        )
    checked = [
        new_shown(one.name, one.media_type, one.digest, sizes[one.digest], alternative=one.kind == ALTERNATIVE)
        for one in inquiry.shown
    ]
    return replace(inquiry, shown=(*checked, *([notebook] if notebook is not None else [])))


def notebook_of(inquiry: Inquiry) -> Shown | None:
    """Return the notebook that was bound to an inquiry."""
    return next((one for one in reversed(inquiry.shown) if one.kind == NOTEBOOK), None)


def approved_to_compare(responded: Sequence[Inquiry], inquiry: Inquiry) -> Inquiry | None:
    """Return the one of ``responded``, newest first, with whose notebook that of ``inquiry`` is compared.

    It is of the last other run that was approved; of several in it, the one that the same cell asked, else the last.
    Once ``inquiry`` has ended, it is what had been approved by then.
    """
    until = inquiry.responded_at
    approved = [
        one
        for one in responded
        if (one.response or {}).get("approved") is True
        and one.session_ref != inquiry.session_ref
        and notebook_of(one) is not None
        and (until is None or (one.responded_at or 0.0) <= until)
    ]
    if not approved:
        return None
    of_run = [one for one in approved if one.session_ref == approved[0].session_ref]
    return next((one for one in of_run if one.cell_index == inquiry.cell_index), of_run[0])

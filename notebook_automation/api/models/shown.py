"""What is sent to be shown with an inquiry, and the notebook so far with its difference, over REST."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct


class ShownQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """What is to be shown: the body under a name, or an artifact, with no body.

    An `alternative` is the plain text that stands for what was sent before it, where only text can be shown.
    """

    name: Annotated[str, Meta(max_length=255)] | None = None
    media_type: Annotated[str, Meta(max_length=200)] = "application/octet-stream"
    artifact: Annotated[str, Meta(max_length=64)] | None = None
    alternative: bool = False


class ShownContent(Struct, kw_only=True):
    """What is stored to be shown: an inquiry refers to it as it is; `size` is bytes, `digest` its SHA-256."""

    name: str
    kind: str
    media_type: str
    digest: str
    size: int


class NotebookCell(Struct, kw_only=True):
    """A cell of the notebook so far; `outputs` as nbformat 4 has them."""

    index: int
    id: str | None
    type: str
    source: str
    outputs: list[dict[str, Any]]
    execution_count: int | None
    is_asking: bool


class CellChange(Struct, kw_only=True):
    """What became of a cell since the last approved run, by its indexes there and here.

    `lines` are pairs of a mark (`=`, `-`, `+`, or `…` where lines are left out) and a text: of the source, where `kind`
    is `outputs` of what is shown as text.
    """

    kind: Literal["same", "added", "removed", "edited", "outputs"]
    before: int | None
    after: int | None
    lines: list[tuple[str, str]]


class ApprovedRun(Struct, kw_only=True):
    """The last run of the same trigger, or call, that was approved."""

    inquiry_id: str
    session_id: str
    at: str


class InquiryNotebook(Struct, kw_only=True):
    """The notebook as it was when it was asked, and its difference to the last approved run."""

    cells: list[NotebookCell]
    approved: ApprovedRun | None
    changes: list[CellChange]

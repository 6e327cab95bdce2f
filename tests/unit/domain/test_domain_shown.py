"""What may be shown, of which kind it is, and with which approved run a notebook is compared."""

from __future__ import annotations

from typing import Any

import pytest

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.inquiries import Inquiry, Shown, Stage
from notebook_automation.domain.shown import approved_to_compare, bound, is_light, kind_of, new_shown

NOTEBOOK = Shown(name="r.ipynb", kind="notebook", media_type="application/x-ipynb+json", digest="n", size=1)


def inquiry(id: str, session: str, *, cell: int = 3, approved: bool | None = True, **fields: Any) -> Inquiry:
    values: dict[str, Any] = {
        "id": id, "session_id": session, "session_ref": session, "project_id": "prj", "project": "p", "notebook": "r",
        "cell_index": cell, "prompt": "?", "title": "?", "stages": (Stage(),), "created_at": 0.0, "shown": (NOTEBOOK,),
        "status": "responded", "response": {"approved": approved}, "responded_at": 5.0,
    }  # fmt: skip
    return Inquiry(**{**values, **fields})


@pytest.mark.parametrize(
    ("media_type", "kind"),
    [
        ("image/svg+xml", "image"),
        ("IMAGE/PNG", "image"),
        ("text/html; charset=utf-8", "page"),
        ("application/xhtml+xml", "page"),
        ("text/csv", "data"),
        ("application/geo+json", "data"),
        ("text/markdown", "text"),
        ("application/pdf", "file"),
        ("", "file"),
    ],
)
def test_the_kind_follows_from_the_type(media_type: str, kind: str) -> None:
    assert kind_of(media_type) == kind


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 256, "\x1b[31m", "a\u202eb"])
def test_a_name_is_what_can_be_read_in_a_line(name: str) -> None:
    with pytest.raises(Invalid, match="is no name for something that is shown"):
        new_shown(name, "text/plain", "d", 1)


def test_only_text_stands_for_something_else() -> None:
    assert new_shown("x", "text/plain", "d", 1, alternative=True).kind == "alternative"
    assert new_shown("x", "text/html", "d", 1, alternative=True).kind == "page"


def test_the_notebook_is_bound_last_and_nothing_else_is_one() -> None:
    forged = Shown(name="x", kind="notebook", media_type="text/html", digest="d", size=1)
    found = bound(inquiry("1", "s", shown=(forged,)), {"d": 700}, NOTEBOOK)
    assert [(one.kind, one.size) for one in found.shown] == [("page", 700), ("notebook", 1)]
    with pytest.raises(Invalid, match="is not stored"):
        bound(inquiry("1", "s", shown=(forged,)), {}, None)


def test_a_notebook_is_compared_with_the_last_other_run_that_was_approved() -> None:
    asked = inquiry("9", "s9", status="pending", response=None, responded_at=None)
    responded = [
        inquiry("8", "s9"),  # of the same run
        inquiry("7", "s7", approved=False),
        inquiry("6", "s6", approved=None),  # a value is no approval
        inquiry("5", "s5", shown=()),  # nothing to compare with
        inquiry("4", "s4", cell=7),
        inquiry("3", "s4", cell=3),
        inquiry("2", "s2"),
    ]
    found = approved_to_compare(responded, asked)
    assert found is not None
    assert found.id == "3", "the same cell has asked it"
    assert approved_to_compare(responded[:4], asked) is None
    other_cell = approved_to_compare(responded[4:5], asked)
    assert other_cell is not None
    assert other_cell.id == "4"


def test_what_was_approved_later_changes_nothing_of_one_that_has_ended() -> None:
    ended = inquiry("9", "s9", responded_at=10.0)
    later, earlier = inquiry("8", "s8", responded_at=11.0), inquiry("7", "s7", responded_at=9.0)
    assert approved_to_compare([later, earlier], ended) == earlier


def test_json_of_many_small_lists_is_not_read() -> None:
    assert is_light(b'{"text": "' + b"x" * 2_000_000 + b'"}')
    assert not is_light(b"[" * 600_000)

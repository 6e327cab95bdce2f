"""When an e-mail is tried again, and what may stand in its headers."""

from __future__ import annotations

import pytest

from notebook_automation.domain.inquiry_mails import MOST_TRIES, one_line, pause_after


def test_pauses_grow_to_an_hour_and_end_after_some_hours() -> None:
    pauses = [pause_after(tries) for tries in range(1, MOST_TRIES + 1)]
    assert pauses[:3] == [30, 60, 120]
    assert pauses[-1] is None
    known = [one for one in pauses if one is not None]
    assert known == sorted(known)
    assert max(known) == 3600
    assert sum(known) > 3 * 3600


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Release", "Release"),
        ("a\r\nBcc: x@y", "a Bcc: x@y"),
        (" a\t\x0b\x0c\x1c\x85\u2028\u2029b\0", "a b"),
        ("\u202eevil\u200b", "evil"),
        ("x" * 130, "x" * 119 + "…"),
    ],
)
def test_a_header_is_one_line_of_what_can_be_seen(text: str, line: str) -> None:
    assert one_line(text) == line

"""Calendar files: which days are off, and what is said of a file that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from notebook_automation.adapters.calendar_files import days_off
from notebook_automation.domain.errors import Invalid


def calendar(*events: str) -> str:
    body = "".join(f"BEGIN:VEVENT\nUID:{n}\n{event}\nEND:VEVENT\n" for n, event in enumerate(events))
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{body}END:VCALENDAR\n".replace("\n", "\r\n")


def read(folder: Path, text: str, first: int = 2026, last: int = 2028) -> list[str]:
    path = folder / "off.ics"
    path.write_text(text, newline="")
    return sorted(days_off(path, first, last))


def test_all_day_events_are_days_off(tmp_path: Path) -> None:
    assert read(
        tmp_path,
        calendar(
            "DTSTART;VALUE=DATE:20261224\nSUMMARY:one day",
            "DTSTART;VALUE=DATE:20261230\nDTEND;VALUE=DATE:20270102\nSUMMARY:over the new year",
            "DTSTART;VALUE=DATE:20270301\nDURATION:P2D",
            "DTSTART:20260505T100000Z\nDTEND:20260505T110000Z\nSUMMARY:an hour is no day off",
            "DTSTART;VALUE=DATE:20260606\nSTATUS:CANCELLED",
            "DTSTART;VALUE=DATE:20240101\nSUMMARY:long ago",
        ),
    ) == ["2026-12-24", "2026-12-30", "2026-12-31", "2027-01-01", "2027-03-01", "2027-03-02"]


@pytest.mark.parametrize(
    ("event", "days"),
    [
        ("DTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY", ["2026-05-01", "2027-05-01", "2028-05-01"]),
        ("DTSTART;VALUE=DATE:20260501\nRRULE:FREQ=YEARLY;COUNT=2", ["2026-05-01", "2027-05-01"]),
        ("DTSTART;VALUE=DATE:20260501\nRRULE:FREQ=YEARLY;UNTIL=20270501T000000Z", ["2026-05-01", "2027-05-01"]),
        ("DTSTART;VALUE=DATE:20260501\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20270501", ["2026-05-01", "2028-05-01"]),
        ("DTSTART;VALUE=DATE:20261126\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH",
         ["2026-11-26", "2027-11-25", "2028-11-23"]),
        ("DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", ["2028-02-29"]),
        ("DTSTART;VALUE=DATE:20280601\nRRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=3",
         ["2028-06-01", "2028-06-15", "2028-06-29"]),
        ("DTSTART;VALUE=DATE:20280601\nRDATE;VALUE=DATE:20280701,20280801",
         ["2028-06-01", "2028-07-01", "2028-08-01"]),
    ],
)  # fmt: skip
def test_they_may_recur(tmp_path: Path, event: str, days: list[str]) -> None:
    assert read(tmp_path, calendar(event)) == days


def test_one_of_several_may_have_been_moved(tmp_path: Path) -> None:
    event = "DTSTART;VALUE=DATE:20260501\nRRULE:FREQ=YEARLY;COUNT=2"
    moved = (
        "BEGIN:VEVENT\r\nUID:0\r\nRECURRENCE-ID;VALUE=DATE:20270501\r\nDTSTART;VALUE=DATE:20270503\r\nEND:VEVENT\r\n"
    )
    text = calendar(event).replace("END:VCALENDAR", f"{moved}END:VCALENDAR")
    assert read(tmp_path, text) == ["2026-05-01", "2027-05-03"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is no calendar"),
        ("hello", "is no calendar"),
        (calendar(), "no all-day events"),
        (calendar("DTSTART:20260505T100000Z"), "no all-day events"),
        (calendar("DTSTART;VALUE=DATE:20260501\nRRULE:FREQ=SECONDLY"), "FREQ=SECONDLY"),
        (calendar("DTSTART;VALUE=DATE:20260501\nRRULE:FREQ=YEARLY;BYWEEKNO=9"), "recurs by BYWEEKNO"),
        (calendar("DTSTART;VALUE=DATE:20260501\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), "may never come"),
        (calendar("DTSTART;VALUE=DATE:20260501\nRRULE:FREQ=DAILY;INTERVAL=7;BYDAY=MO"), "may never come"),
        (calendar("DTSTART;VALUE=DATE:00010101\nRRULE:FREQ=DAILY"), "before 1900"),
        (calendar("DTSTART;VALUE=DATE:20260501\nRRULE:FREQ=NEVER"), ""),
        (calendar(*["DTSTART;VALUE=DATE:20260501\nRRULE:FREQ=YEARLY"] * 301), "more than 300 events that recur"),
        ("BEGIN:VCALENDAR\r\n" + "X-A:b\r\n" * 200_000, "larger than 1024 KiB"),
    ],
)
def test_what_cannot_be_read_is_said(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(Invalid, match=rf"^The calendar off\.ics .*{says}") as refused:
        read(tmp_path, text)
    assert (refused.value.code, refused.value.details["field"]) == ("calendar_invalid", "calendar.ics")


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        days_off(tmp_path / "none.ics", 2026, 2027)


def test_a_file_that_has_changed_is_read_again(tmp_path: Path) -> None:
    assert read(tmp_path, calendar("DTSTART;VALUE=DATE:20261224")) == ["2026-12-24"]
    assert read(tmp_path, calendar("DTSTART;VALUE=DATE:20261224", "DTSTART;VALUE=DATE:20261225")) == [
        "2026-12-24", "2026-12-25",
    ]  # fmt: skip

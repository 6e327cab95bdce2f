"""What may be asked of a run, by a trigger or by hand: a report, a time limit, how long to keep what it makes."""

from __future__ import annotations

from .errors import Invalid
from .retention import parse_retention

REPORTS = (None, "html")
LONGEST = 366 * 86400.0
"""The longest time limit, in seconds."""


def validate_run_options(*, report: str | None, keep: str | None, time_limit: float | None) -> None:
    """Raise Invalid (``run_invalid``, ``retention_invalid``) unless a run can be asked for like this."""
    if report not in REPORTS:
        raise Invalid(f"There is no report {report!r}: use html.", code="run_invalid")
    if time_limit is not None and not 0 < time_limit < LONGEST:
        raise Invalid("time_limit is seconds, more than 0 and less than a year.", code="run_invalid")
    if keep is not None:
        parse_retention(keep)

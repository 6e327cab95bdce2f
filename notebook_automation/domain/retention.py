"""How long artifacts are kept: by versions, days, hours or minutes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from .errors import Invalid

RetentionPolicy = Literal["versions", "days", "hours", "minutes"]
_SECONDS: dict[str, float] = {"days": 86400.0, "hours": 3600.0, "minutes": 60.0}
_TEXT = re.compile(r"\s*(\d{1,6})\s*(version|day|hour|minute|week)s?\s*", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """``limit`` versions of one ref, or an age of ``limit`` days, hours or minutes."""

    policy: RetentionPolicy
    limit: int

    def expires_at(self, created_at: float) -> float | None:
        """Return when something made at ``created_at`` (epoch seconds) is too old; None where versions count."""
        seconds = _SECONDS.get(self.policy)
        return None if seconds is None else created_at + self.limit * seconds

    def __str__(self) -> str:
        return f"{self.limit} {self.policy}"


def parse_retention(text: str) -> Retention:
    """Return the retention that a text like ``30 days`` or ``5 versions`` stands for.

    Raises Invalid (``retention_invalid``).
    """
    match = _TEXT.fullmatch(text)
    if match is None or int(match.group(1)) == 0:
        raise Invalid(
            f"{text!r} is not a time to keep things for: write 30 days, 12 hours, 90 minutes or 5 versions.",
            code="retention_invalid",
            field="keep",
        )
    limit, unit = int(match.group(1)), match.group(2).lower()
    if unit == "week":
        return Retention(policy="days", limit=limit * 7)
    policies: dict[str, RetentionPolicy] = {
        "version": "versions",
        "day": "days",
        "hour": "hours",
        "minute": "minutes",
    }
    return Retention(policy=policies[unit], limit=limit)

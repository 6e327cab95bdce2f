"""`na.Retry`: how often a step that raises is tried again, and after which pauses."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta

from .durations import seconds_of
from .errors import Invalid
from .step_errors import StepError


@dataclass(frozen=True, slots=True)
class Retry:
    """Up to ``max_attempts`` tries in all; the pause after the first is ``base_delay`` and doubles, to ``max_delay``.

    Times are a timedelta, seconds, or text (``"2 s"``, ``"5 min"``). With ``jitter`` a pause is shorter by a random
    part, up to a half, so that many do not come back at once. ``on`` are the exceptions that are worth another try.
    Raises Invalid.
    """

    max_attempts: int = 3
    base_delay: timedelta | float | str = 1.0
    max_delay: timedelta | float | str = 300.0
    jitter: bool = True
    on: type[Exception] | tuple[type[Exception], ...] = Exception

    def __post_init__(self) -> None:
        if isinstance(self.max_attempts, bool) or not isinstance(self.max_attempts, int) or self.max_attempts < 1:
            raise Invalid(f"max_attempts is a whole number of tries, at least 1, not {self.max_attempts!r}.")
        seconds_of(self.base_delay, "base_delay")
        seconds_of(self.max_delay, "max_delay")

    def delay_after(self, tries: int, error: Exception) -> float | None:
        """Return the seconds to wait after so many failed ``tries``, the last with ``error``; None: no more."""
        if tries >= self.max_attempts or isinstance(error, StepError) or not isinstance(error, self.on):
            return None
        longest = seconds_of(self.max_delay)
        # Beyond 60 doublings every pause is the longest.
        delay = min(longest, seconds_of(self.base_delay) * 2.0 ** min(tries - 1, 60))
        return delay * random.uniform(0.5, 1.0) if self.jitter else delay


ONCE = Retry(max_attempts=1)
"""No other try."""

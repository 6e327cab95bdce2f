"""What may be asked of a run, by a trigger or by hand: a report, a time limit, how long to keep what it makes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from .environments import parse_environment, parse_memory
from .errors import Invalid
from .policies import validated_priority
from .reports import check_report
from .retention import parse_retention
from .tags import validated_skip_tags, validated_tags

NOT_DURABLE = (
    "{path} is a notebook in {language}: only what Python's names hold can be saved, so it cannot be durable. Run it "
    "without is_durable."
)
"""Why a notebook cannot be durable, to be formatted."""
_KERNEL_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
LONGEST = 366 * 86400.0
"""The longest time limit, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionOptions:
    """``report`` is as `check_report` takes it or None, ``keep`` a text such as ``30 days``, ``time_limit`` seconds.

    ``kernel_name`` is a kernelspec; None: the notebook's own. ``env`` are variables that its kernel gets (see
    `parse_environment`), ``memory`` the bytes that its processes may use together (None: as many as there are).
    ``skip_tags``: its cells with one of these tags are not
    run. ``is_durable``: it goes on from its last finished cell
    after a crash, and waits without a process. ``priority`` is from 0: with each step it is run as if it had come a
    minute earlier.
    """

    report: str | None = None
    keep: str | None = None
    time_limit: float | None = None
    kernel_name: str | None = None
    tags: tuple[str, ...] = ()
    skip_tags: tuple[str, ...] = ()
    is_durable: bool = False
    priority: int = 0
    env: dict[str, Any] = field(default_factory=dict)
    memory: int | None = None

    def validate(self) -> None:
        """Raise Invalid (``run_invalid``, ``retention_invalid``) unless a run can be asked for like this."""
        if self.report is not None:
            check_report(self.report)
        if self.time_limit is not None and not 0 < self.time_limit < LONGEST:
            raise Invalid(
                "A time limit is more than 0 seconds and less than a year: give time_limit in seconds.",
                code="run_invalid",
                field="time_limit",
            )
        if self.keep is not None:
            parse_retention(self.keep)
        if self.kernel_name is not None and not _KERNEL_NAME.fullmatch(self.kernel_name):
            raise Invalid(
                f"{self.kernel_name!r:.60} cannot be a kernel: give the name of a kernelspec, such as python3 (jupyter "
                "kernelspec list shows them).",
                code="run_invalid",
                field="kernel_name",
            )
        validated_tags(self.tags)
        validated_skip_tags(self.skip_tags)
        validated_priority(self.priority)
        parse_environment(self.env)
        if self.memory is not None:
            parse_memory(self.memory)


def asked_options(
    *, tags: Iterable[str] = (), skip_tags: Iterable[str] = (), env: Mapping[str, Any] | None = None,
    memory: int | str | None = None, **options: Any,
) -> SessionOptions:  # fmt: skip
    """Return what somebody has written as it is kept; ``options`` are the other fields. Raises Invalid."""
    return SessionOptions(
        tags=validated_tags(tags), skip_tags=validated_skip_tags(skip_tags), env=parse_environment(env or {}),
        memory=None if memory is None else parse_memory(memory), **options,
    )  # fmt: skip

"""One trigger's handler and its prewarmed set-up: whether it is ready, why it is not, and when it is due again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from notebook_automation.domain.triggers import Trigger

from .prewarm import PrewarmedSetup

RETRY_SECONDS = 30.0
"""A set-up that could not be shared is tried again after so long, and twice as long after each further failure; at
once when the project's files have changed."""
STARTING = "its set-up is still running ahead"


class WarmHandler:
    """The handler of ``trigger`` in the folder ``project``, last used at ``used_at``; times are of the monotonic clock.

    ``retire`` gets each set-up that is offered no more.
    """

    def __init__(
        self, trigger: Trigger, project: Path, *, used_at: float, retire: Callable[[PrewarmedSetup], None]
    ) -> None:
        self.trigger = trigger
        self.project = project
        self.used_at = used_at
        self.setup: PrewarmedSetup | None = None
        self.reason = STARTING
        """Why no set-up is ready."""
        self.failed_on = ""
        """The snapshot on which it failed last, '' if that is not known."""
        self.resting = False
        """Whether it was given back, until its next event."""
        self.suspect = False
        """Whether the project's files may have changed since."""
        self._retire = retire
        self._making: asyncio.Task[None] | None = None
        self._failures = 0
        self._retry_at = 0.0

    def is_of(self, trigger: Trigger, project: Path) -> bool:
        """Whether what it runs is still what ``trigger`` says."""
        return _definition(self.trigger) == _definition(trigger) and self.project == project

    @property
    def is_being_made(self) -> bool:
        """Whether its set-up runs now."""
        return self._making is not None and not self._making.done()

    @property
    def trouble(self) -> str:
        """Why it is not kept ready, '' while nothing is wrong."""
        return "" if self.setup is not None or self.reason == STARTING else self.reason

    def make(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work``, which makes a set-up and calls `succeed` or `fail`."""
        self._making = asyncio.create_task(work, name="na-prewarm")

    def succeed(self, setup: PrewarmedSetup) -> None:
        """Offer ``setup`` from now on, in place of the one before."""
        self.drop("")
        self.setup, self._failures, self._retry_at = setup, 0, 0.0

    def fail(self, reason: str) -> None:
        """Offer none, and wait with the next try."""
        self.drop(reason)
        self.failed_on = ""
        self._failures += 1
        self._retry_at = time.monotonic() + RETRY_SECONDS * 2 ** min(self._failures - 1, 10)

    def failed_with(self, snapshot: str) -> None:
        """Note the files on which it failed: others are worth a try at once."""
        self.failed_on = snapshot

    def is_due(self, now: float) -> bool:
        """Whether a failed one is to be tried again in any case."""
        return now >= self._retry_at

    def use(self) -> bool:
        """An event has come; return whether it had been given back, and is to be made ready again."""
        self.used_at = time.monotonic()
        rested, self.resting = self.resting, False
        return rested

    def suspect_files(self) -> None:
        """The project's files may have changed: a session has ended."""
        self.suspect = True

    def trust_files(self) -> None:
        """The project's files are read now: only later changes count."""
        self.suspect = False

    def rest(self, reason: str) -> None:
        """Give its set-up back until the next event."""
        self.resting = True
        self.drop(reason)

    def drop(self, reason: str) -> None:
        """Offer its set-up no more."""
        self.reason = reason
        if self.setup is not None:
            self._retire(self.setup)
            self.setup = None

    def cancel(self) -> asyncio.Task[None] | None:
        """Break off what runs of its set-up; return that, to be waited for."""
        if self._making is not None:
            self._making.cancel()
        return self._making


def _definition(trigger: Trigger) -> tuple[Any, ...]:
    return (
        trigger.call, trigger.parameters, trigger.mapping, trigger.skip_tags, trigger.kernel_name, trigger.env,
    )  # fmt: skip

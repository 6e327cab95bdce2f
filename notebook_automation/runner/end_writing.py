"""Writes how an attempt ended, whatever the database does meanwhile."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.sessions import Session
from notebook_automation.services.attempts import AcquiredSession, Attempts, Progress
from notebook_automation.services.endings import Ending

from .endings import failed

_log = logging.getLogger(__name__)
_RETRY_SECONDS = 0.5


async def write_end(
    attempts: Attempts, acquired: AcquiredSession, ending: Ending, progress: Progress, is_lost: Callable[[], bool]
) -> Session | None:
    """Write the end with the last ``progress``; return the session, None where it is no longer this runner's.

    A database that does not answer is asked again until ``is_lost``.
    """
    name = acquired.session.id
    as_it_is = True
    while not is_lost():
        try:
            ended = await attempts.end(acquired, ending, progress)
        except Unavailable as error:
            _log.warning("%s: its end could not be written: %s", name, error)
            await asyncio.sleep(_RETRY_SECONDS)
            continue
        except Exception as error:
            if not as_it_is:
                raise
            # Something in it cannot be stored: without an end the session would be taken for lost.
            _log.exception("%s: its end could not be written as it is", name)
            ending = failed(type(error).__name__, f"What it left could not be stored: {error}")
            as_it_is, progress = False, Progress()
            continue
        if ended is not None:
            return ended
        break
    _log.warning("%s is no longer this runner's: it was stopped, nothing is written.", name)
    return None

"""What can go wrong with steps."""

from __future__ import annotations

from .errors import SdkError


class StepError(SdkError):
    """Base of what steps raise about themselves; it is never retried."""

    code = "step"


class StepMismatch(StepError):
    """The cell runs again, and asks for another step than what is recorded there."""

    code = "step_mismatch"


class StepUncertain(StepError):
    """A step that must not run twice was cut off: whether it took effect, only a person can say."""

    code = "step_uncertain"


class StepNotRecorded(StepError):
    """A step has done its work, but what it returned cannot be recorded."""

    code = "step_not_recorded"


class StepFailed(StepError):
    """A step failed in an earlier attempt with an exception that cannot be raised again as it was."""

    code = "step_failed"

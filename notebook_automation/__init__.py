"""What a notebook imports: `import notebook_automation as na`; every name is loaded when it is first used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._version import __version__

if TYPE_CHECKING:
    from .sdk.artifacts import artifact
    from .sdk.context import Params
    from .sdk.errors import NotConnected, Refused, SessionFailed
    from .sdk.events import emit
    from .sdk.inquiries import inquire, inquire_all
    from .sdk.inquiry_answers import Answer, InquiryTimeout, InquiryWithdrawn
    from .sdk.inquiry_questions import Escalate, TimeoutValue
    from .sdk.outcomes import http_outcome, outcome, respond
    from .sdk.progress import progress
    from .sdk.projects import var
    from .sdk.records import Record
    from .sdk.shown import notebook_so_far
    from .sdk.step_errors import StepFailed, StepMismatch, StepNotRecorded, StepUncertain
    from .sdk.step_retries import Retry
    from .sdk.steps import activity, idempotency_key, step
    from .sdk.sweeps import sweep
    from .sdk.triggers import webhook_url
    from .sdk.waits import (
        next_event,
        next_signal,
        signal,
        sleep,
        sleep_until,
        subscribe,
        unsubscribe,
        wait,
        wait_for_event,
    )
    from .widgets.asked_form import form
    from .widgets.live_session import start
    from .widgets.waiting_inquiries import inquiries

    event: Record
    events: list[Record]
    params: Params
    session: Record

_MODULES = {
    "Answer": "sdk.inquiry_answers",
    "Escalate": "sdk.inquiry_questions",
    "InquiryTimeout": "sdk.inquiry_answers",
    "InquiryWithdrawn": "sdk.inquiry_answers",
    "NotConnected": "sdk.errors",
    "Refused": "sdk.errors",
    "Retry": "sdk.step_retries",
    "SessionFailed": "sdk.errors",
    "StepFailed": "sdk.step_errors",
    "StepMismatch": "sdk.step_errors",
    "StepNotRecorded": "sdk.step_errors",
    "StepUncertain": "sdk.step_errors",
    "TimeoutValue": "sdk.inquiry_questions",
    "activity": "sdk.steps",
    "artifact": "sdk.artifacts",
    "emit": "sdk.events",
    "form": "widgets.asked_form",
    "http_outcome": "sdk.outcomes",
    "idempotency_key": "sdk.steps",
    "inquiries": "widgets.waiting_inquiries",
    "inquire": "sdk.inquiries",
    "inquire_all": "sdk.inquiries",
    "next_event": "sdk.waits",
    "next_signal": "sdk.waits",
    "notebook_so_far": "sdk.shown",
    "outcome": "sdk.outcomes",
    "progress": "sdk.progress",
    "respond": "sdk.outcomes",
    "signal": "sdk.waits",
    "sleep": "sdk.waits",
    "sleep_until": "sdk.waits",
    "start": "widgets.live_session",
    "step": "sdk.steps",
    "subscribe": "sdk.waits",
    "sweep": "sdk.sweeps",
    "unsubscribe": "sdk.waits",
    "var": "sdk.projects",
    "wait": "sdk.waits",
    "wait_for_event": "sdk.waits",
    "webhook_url": "sdk.triggers",
}
# These are looked up every time: a test or a replay in an open notebook changes what they are.
_VALUES = ("event", "events", "params", "session")

__all__ = [
    "Answer",
    "Escalate",
    "InquiryTimeout",
    "InquiryWithdrawn",
    "NotConnected",
    "Refused",
    "Retry",
    "SessionFailed",
    "StepFailed",
    "StepMismatch",
    "StepNotRecorded",
    "StepUncertain",
    "TimeoutValue",
    "__version__",
    "activity",
    "artifact",
    "emit",
    "event",
    "events",
    "form",
    "http_outcome",
    "idempotency_key",
    "inquire",
    "inquire_all",
    "inquiries",
    "next_event",
    "next_signal",
    "notebook_so_far",
    "outcome",
    "params",
    "progress",
    "respond",
    "session",
    "signal",
    "sleep",
    "sleep_until",
    "start",
    "step",
    "subscribe",
    "sweep",
    "unsubscribe",
    "var",
    "wait",
    "wait_for_event",
    "webhook_url",
]


def __getattr__(name: str) -> Any:
    if name in _VALUES:
        from .sdk import context

        return getattr(context.current(), name)
    if name in _MODULES:
        from importlib import import_module

        value = getattr(import_module(f".{_MODULES[name]}", __name__), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(ipython: Any) -> None:
    """Give the notebook its magics: `%load_ext notebook_automation`."""
    from .magics import load_ipython_extension

    load_ipython_extension(ipython)


def unload_ipython_extension(ipython: Any) -> None:
    """Take the completions of the magics away again."""
    from .magics import unload_ipython_extension

    unload_ipython_extension(ipython)


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "notebook-automation"}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    from .extension import NotebookAutomationApp

    return [{"module": "notebook_automation", "app": NotebookAutomationApp}]

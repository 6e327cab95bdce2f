"""Errors are what a caller would catch, each with a sentence of its own."""

from __future__ import annotations

from notebook_automation.domain.errors import AutomationError, Forbidden, Invalid, NotFound, Unavailable


def test_errors_are_what_a_caller_would_catch_and_say_their_sentence() -> None:
    def every(cls: type[AutomationError]) -> list[type[AutomationError]]:
        return [cls, *(found for child in cls.__subclasses__() for found in every(child))]

    for cls in every(AutomationError)[1:]:
        if cls.__module__ != AutomationError.__module__:
            continue  # made of something else than a sentence, elsewhere
        error = cls("Do this instead.", code="some_code", field="x")
        assert (str(error), error.code, error.details) == ("Do this instead.", "some_code", {"field": "x"})
        assert 400 <= error.status < 600
        assert error.exit_code > 0
    assert issubclass(Invalid, ValueError)
    assert issubclass(NotFound, LookupError)
    assert issubclass(Forbidden, PermissionError)
    assert Unavailable("x").status == 503

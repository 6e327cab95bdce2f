"""What a step returned or raised, as bytes that give back an equal copy; and as text for people."""

from __future__ import annotations

import pickle
import sys
import types
from typing import Any

from .step_errors import StepFailed, StepNotRecorded

LONGEST = 4000
"""Characters of a result that are written for people: whoever shows them hides secrets first, and cuts then."""
_SMALL = 16_384
"""Bytes of a pickle up to which writing the value as text costs little."""


def pickled(value: Any, name: str) -> tuple[bytes, Any]:
    """Return the pickle of a result, and the copy that it gives back. Raises StepNotRecorded where there is none."""
    try:
        data = _dumps(value)
        return data, pickle.loads(data)
    except Exception as error:
        raise StepNotRecorded(
            f"Step {name!r} has done its work, but what it returned, a {_type_name(value)}, cannot be recorded "
            f"({type(error).__name__}: {error}). What it did outside has happened. Let it return data that can be "
            "pickled (numbers, text, lists, dicts, tables), or nothing."
        ) from error


def unpickled(data: bytes | None, name: str) -> Any:
    """Return the result that was recorded. Raises StepFailed where it needs what is not there any more."""
    try:
        return None if data is None else pickle.loads(data)
    except Exception as error:
        raise StepFailed(
            f"The recorded result of step {name!r} cannot be read here ({type(error).__name__}: {error}): are the same "
            "packages installed, and the same classes defined?"
        ) from error


def pickled_error(error: BaseException) -> bytes | None:
    """Return the pickle of an exception without its traceback; None where it would not come back as it is."""
    try:
        data = _dumps(error)
        again = pickle.loads(data)
    except Exception:  # noqa: BLE001 - many exceptions take arguments that their pickle does not have
        return None
    return data if type(again) is type(error) else None


def raised_again(data: bytes | None, kind: str, message: str, name: str) -> BaseException:
    """Return what a step raised in an earlier attempt, to be raised again."""
    error: Any = None
    if data is not None:
        try:
            error = pickle.loads(data)
        except Exception:  # noqa: BLE001 - its class may be another by now
            error = None
    if not isinstance(error, BaseException):
        return StepFailed(f"Step {name!r} failed in an earlier attempt: {kind}: {message}")
    error.add_note(f"Step {name!r} raised this in an earlier attempt; it was not run again.")
    return error


def described(value: Any, size: int) -> str:
    """Return a result whose pickle has ``size`` bytes as text for people, of at most `LONGEST` characters."""
    try:
        shape = getattr(value, "shape", None)
        if isinstance(shape, tuple):
            return f"{type(value).__name__} {' × '.join(map(str, shape))}"
        return repr(value)[:LONGEST] if size <= _SMALL else f"{_type_name(value)}, {size:,} bytes"
    except Exception:  # noqa: BLE001 - any object may have a __repr__ that fails
        return _type_name(value)


def error_text(error: BaseException) -> dict[str, str]:
    """Return an exception as people read it."""
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 - any exception may have a __str__ that fails
        message = ""
    return {"type": type(error).__qualname__, "message": message[:LONGEST]}


def _dumps(value: Any) -> bytes:
    try:
        # The fast way; what the notebook defines is found again by its name.
        return pickle.dumps(value, protocol=5)
    except Exception as error:  # noqa: BLE001 - lambdas and local classes: cloudpickle knows more
        try:
            return _by_cloudpickle(value)
        except ImportError:
            raise error from None


def _by_cloudpickle(value: Any) -> bytes:
    import io

    import cloudpickle  # type: ignore[import-untyped]

    class Pickler(cloudpickle.Pickler):  # type: ignore[misc]
        def reducer_override(self, obj: Any) -> Any:
            # By its name: a copy of a class would be another class than the notebook's.
            if isinstance(obj, type | types.FunctionType) and _is_found(obj):
                return NotImplemented
            return super().reducer_override(obj)

    file = io.BytesIO()
    Pickler(file, protocol=5).dump(value)
    return file.getvalue()


def _is_found(obj: Any) -> bool:
    found: Any = sys.modules.get(obj.__module__) if obj.__module__ == "__main__" else None
    for part in obj.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is obj


def _type_name(value: Any) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"

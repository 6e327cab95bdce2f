"""What a called function returns, as the output in which its session finds the result."""

from __future__ import annotations

import json
from typing import Any

_MEDIA_TYPE = "application/vnd.notebook-automation.result+json"


class returned:
    """Shows ``value`` as a cell shows it, and beside it as JSON: its text where it is no JSON value."""

    def __init__(self, value: Any) -> None:
        self.value = value

    def __repr__(self) -> str:
        return repr(self.value)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        try:
            plain = json.loads(json.dumps(self.value, allow_nan=False))
        except (TypeError, ValueError, RecursionError):
            plain = repr(self.value)
        return {"text/plain": repr(self.value), _MEDIA_TYPE: {"result": plain}}

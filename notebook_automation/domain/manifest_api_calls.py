"""What api_call of a trigger may have in a manifest, as JSON Schemas by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from .api_calls import LONGEST_TIMEOUT, ApiCallKind, ApiMethod

_Schema = dict[str, Any]

API_CALL: Mapping[str, _Schema] = {
    "url": {
        "type": "string", "minLength": 1,
        "description": "A whole address; {{secret:NAME}}, {{var:NAME}} and {{param:NAME}} are filled in.",
    },
    "kind": {
        "enum": [*get_args(ApiCallKind), None],
        "description": "webhook: tells a URL that something happened, by a POST of a usual body; api_call if missing.",
    },
    "method": {
        "enum": [*get_args(ApiMethod), None], "description": "GET if missing; POST for a webhook.",
    },
    "headers": {
        "type": ["object", "null"], "additionalProperties": {"type": "string"},
        "description": "By name; a credential is written {{secret:NAME}}.",
    },
    "body": {"description": "Sent as JSON; a text as it is."},
    "timeout": {
        "type": ["number", "null"], "exclusiveMinimum": 0, "maximum": LONGEST_TIMEOUT,
        "description": "Seconds that the whole may take; 15 if missing.",
    },
}  # fmt: skip

"""Calls of APIs, as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from notebook_automation.domain.api_calls import ApiCallKind, ApiMethod

Url = Annotated[
    str,
    Meta(
        max_length=8000,
        description="Whole; `{{secret:NAME}}`, `{{var:NAME}}`, `{{param:NAME}}` are filled in, also in headers, body.",
    ),
]
Method = Annotated[
    Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"],
    Meta(description="`GET` if missing; `POST` for a webhook."),
]
Headers = Annotated[dict[str, str], Meta(description="A credential is written `{{secret:NAME}}`.")]
Body = Annotated[Any, Meta(description="Sent as JSON; a text as it is.")]
Timeout = Annotated[float, Meta(gt=0, le=300, description="Seconds that the whole may take; 15 if missing.")]


class ApiCall(Struct, kw_only=True):
    """What is sent instead of running a file; `timeout` is in seconds, null as the server is set."""

    kind: ApiCallKind
    url: str
    method: ApiMethod
    headers: dict[str, str]
    body: Any
    timeout: float | None


class ApiCallBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """What to send; a `webhook` is a POST that has a usual body."""

    url: Url
    kind: ApiCallKind = "api_call"
    method: Method | None = None
    headers: Headers | None = None
    body: Body = None
    timeout: Timeout | None = None

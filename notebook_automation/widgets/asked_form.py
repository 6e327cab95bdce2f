"""`na.form`: ask whoever sits at an open notebook for values, by the form that inquiries have; the cell waits."""

from __future__ import annotations

import contextlib
import json
import time
from typing import Any

from notebook_automation.sdk import location
from notebook_automation.sdk.client import Client, path_of
from notebook_automation.sdk.encoding import to_json
from notebook_automation.sdk.errors import Invalid, NotConnected, Refused, SdkError, for_people
from notebook_automation.sdk.form_prompts import asked_by_text
from notebook_automation.sdk.inquiry_schemas import schema_of, type_of

from .frontend import server_address, shows_widgets

_LOOK = 20.0
"""Seconds of one request that asks whether the form was submitted."""
_PAUSE = 1.0
"""Seconds between two tries to reach a server that does not answer."""


@for_people
def form(schema: Any, prompt: str = "", *, proposed: Any = None) -> Any:
    """Ask whoever sits at this open notebook for a value, wait until it is submitted, and return it.

    ``schema`` is as of `na.inquire`: a list of choices, a JSON Schema, a dataclass, a Pydantic model, of which an
    instance is returned. ``proposed`` fills the form in. Interrupt the kernel to give up. Where no page can show the
    form, in a console and in an editor, it is asked for line by line. A session asks people by `na.inquire`.
    """
    if location.session_id() is not None:
        raise Invalid(
            "na.form asks whoever sits at an open notebook, and nobody sits at a session: ask people by na.inquire.",
            code="form_in_session",
        )
    wanted, convert = schema_of(type_of(proposed) if schema is None else schema)
    if wanted is None:
        raise Invalid("Say what is asked for: na.form(['now', 'later']), a dataclass, a schema.", code="schema_invalid")
    filled = json.loads(to_json(proposed))
    # A connection of its own: other threads go on using the common one.
    client = Client(location.find())
    form_id = client.post("forms", {"schema": wanted})["id"]
    try:
        if shows_widgets() and server_address() is None:
            value = _by_page(client, form_id, wanted, prompt, filled)
        else:
            value = _by_text(client, form_id, wanted, prompt, filled)
    finally:
        with contextlib.suppress(SdkError):
            client.call("DELETE", path_of("forms", form_id))
        client.close()
    return convert(value)


def _by_page(client: Client, form_id: str, schema: Any, prompt: str, proposed: Any) -> Any:
    """Show the form, and return what its page hands in to the server: the kernel takes no message while it waits."""
    from IPython.display import display

    from .question import QuestionWidget

    widget = QuestionWidget(form_id, schema, prompt, proposed)
    display(widget)  # type: ignore[no-untyped-call]
    try:
        value = _submitted(client, path_of("forms", form_id))
    except BaseException:
        widget.state = "closed"
        raise
    widget.state = "submitted"
    return value


def _submitted(client: Client, path: str) -> Any:
    while True:
        try:
            found = client.get(path, seconds=_LOOK)
        except NotConnected:
            time.sleep(_PAUSE)
        except Refused as refused:
            if refused.status != 503:
                raise
            time.sleep(_PAUSE)
        else:
            if found["is_submitted"]:
                return found["value"]


def _by_text(client: Client, form_id: str, schema: Any, prompt: str, proposed: Any) -> Any:
    if prompt:
        print(prompt)
    while True:
        value = asked_by_text(schema, proposed, input, print)
        try:
            return client.call("PUT", path_of("forms", form_id), json={"value": value})["value"]
        except Refused as refused:
            if refused.status != 400:
                raise
            print(refused)

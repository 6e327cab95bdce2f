"""Forms of open notebooks over REST: asked for by a cell, which waits; filled in by the page that shows them."""

from __future__ import annotations

from notebook_automation.domain.forms import OpenForm

from .models import forms as models
from .routing import Reply, Request, Route, Tag


async def ask(request: Request) -> models.Form:
    """Return a new form."""
    body: models.FormBody = request.body
    return _model(await request.services.forms.ask(request.caller, body.schema))


async def look(request: Request) -> models.Form:
    """Return a form as soon as it is submitted, or as it is after `seconds`."""
    query: models.FormQuery = request.query
    return _model(await request.services.forms.look(request.caller, request.path["id"], query.seconds))


async def submit(request: Request) -> models.Form:
    """Take what was filled in, once, if it is as the schema says."""
    body: models.FormValueBody = request.body
    return _model(await request.services.forms.submit(request.caller, request.path["id"], body.value))


async def remove(request: Request) -> Reply:
    """Forget a form: its cell does not wait any more."""
    await request.services.forms.remove(request.caller, request.path["id"])
    return Reply(status=204)


def _model(form: OpenForm) -> models.Form:
    return models.Form(id=form.id, is_submitted=form.is_submitted, value=form.value)


TAG = Tag("forms", "What a cell of an open notebook asks whoever sits at it (na.form).")
ROUTES = (
    Route(
        tag=TAG, method="POST", path="forms", permission="answer", summary="Ask for a form to be filled in",
        handle=ask, body=models.FormBody, answer=models.Form, status=201,
    ),
    Route(
        tag=TAG, method="GET", path="forms/{id}", permission="answer",
        summary="Read a form, as soon as it is submitted",
        handle=look, query=models.FormQuery, answer=models.Form,
    ),
    Route(
        tag=TAG, method="PUT", path="forms/{id}", permission="answer", summary="Fill a form in", handle=submit,
        body=models.FormValueBody, answer=models.Form,
    ),
    Route(
        tag=TAG, method="DELETE", path="forms/{id}", permission="answer", summary="Forget a form", handle=remove,
        status=204,
    ),
)  # fmt: skip

"""What sessions wait for and listen to over REST, and the signals sent to one; `signals.py` has those to all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from notebook_automation.domain import waits as domain
from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.schedules.zones import to_utc, zone_of
from notebook_automation.domain.times import rfc3339
from notebook_automation.services.inquiry_views import InquiryView
from notebook_automation.services.waits import Question, WaitView

from .events import event_model
from .inquiries import inquiry_model
from .models import waits as models
from .models.paging import Page
from .routing import Reply, Request, Route
from .sessions import TAG


async def list_(request: Request) -> Page[models.Wait]:
    """Return what a session has waited for and waits for, oldest first."""
    found = await request.services.waits.listed(request.caller, request.path["id"])
    return models.WaitPage(items=[wait_model(view) for view in found])


async def ask(request: Request) -> models.Wait:
    """Return what the code of a session waits for now, with its answer where that is there already."""
    body: models.WaitBody = request.body
    zone = request.services.settings.timezone or "UTC"
    question = Question(
        kind=body.kind, position=position_of(body.position), name=body.name, subscriptions=body.subscriptions,
        filter=body.filter, seconds=body.seconds, until=None if body.until is None else _time(body.until, zone),
    )  # fmt: skip
    return wait_model(await request.services.waits.ask(request.caller, request.path["id"], question))


async def look(request: Request) -> models.Wait:
    """Return a wait as soon as it has ended, or as it is after `seconds`."""
    query: models.WaitQuery = request.query
    session_id, wait_id = request.path["id"], request.path["wait"]
    view = await request.services.waits.look(request.caller, session_id, wait_id, query.seconds)
    if view.wait.kind != "inquiry":
        return wait_model(view)
    return wait_model(view, await request.services.inquiries.of_wait(request.caller, view.wait))


async def subscribe(request: Request) -> models.Subscription:
    """Let the code of a session listen to a trigger or an event, from now on."""
    body: models.SubscriptionBody = request.body
    made = await request.services.subscriptions.subscribe(
        request.caller, request.path["id"], position_of(body.position), body.source, body.filter
    )
    return models.Subscription(id=made.id, trigger_id=made.trigger_id, event_type=made.event_type, filter=made.filter)


async def unsubscribe(request: Request) -> Reply:
    """Let nothing more come by a subscription."""
    services = request.services
    await services.subscriptions.unsubscribe(request.caller, request.path["id"], request.path["subscription"])
    return Reply(status=204)


async def signal(request: Request) -> models.SignalReceipt:
    """Send a session a signal; it is kept until the session asks for it."""
    body: models.SignalBody = request.body
    reached = await request.services.signals.send(
        request.caller, request.path["id"], body.name, body.payload,
        position=None if body.position is None else position_of(body.position),
    )  # fmt: skip
    return models.SignalReceipt(reached=reached)


def wait_model(view: WaitView, inquiries: Sequence[InquiryView] = ()) -> models.Wait:
    """Return ``view`` as the API shows it, with the ``inquiries`` that it is for."""
    wait = view.wait
    answer = wait.answer or {}
    cell_index, piece, nth = wait.position
    assert wait.kind != "send"
    return models.Wait(
        id=wait.id,
        kind=wait.kind,
        status=wait.status,
        waiting_for=domain.describe(wait),
        position=models.Position(cell_index=cell_index, piece=piece, nth=nth),
        payload=answer.get("payload"),
        sender=answer.get("sender"),
        event=None if view.event is None else event_model(view.event, []),
        inquiries=[inquiry_model(one) for one in inquiries],
        created_at=rfc3339(wait.created_at) or "",
        wake_at=rfc3339(wait.wake_at),
        ended_at=rfc3339(wait.ended_at),
    )


def position_of(given: models.Position) -> tuple[int, int, int]:
    """Return a place in a notebook as the services know it."""
    return given.cell_index, given.piece, given.nth


def _time(text: str, zone: str) -> float:
    """Return the epoch seconds of a time; a naive one is in ``zone``. Raises Invalid (``time_invalid``)."""
    try:
        moment = datetime.fromisoformat(text.strip())
        return (moment if moment.tzinfo else to_utc(moment, zone_of(zone))).timestamp()
    except (ValueError, OverflowError):
        raise Invalid(
            f"{text[:60]!r} is not a time: write it like 2026-12-01 06:00 or 2026-12-01T06:00:00+01:00.",
            code="time_invalid", field="until",
        ) from None  # fmt: skip


ROUTES = (
    Route(
        tag=TAG, method="GET", path="sessions/{id}/waits", permission="read",
        summary="List what a session waits for", handle=list_, answer=models.WaitPage,
    ),
    Route(
        tag=TAG, method="POST", path="sessions/{id}/waits", permission="report",
        summary="Wait for something (session only)", handle=ask, body=models.WaitBody, answer=models.Wait, status=201,
    ),
    Route(
        tag=TAG, method="GET", path="sessions/{id}/waits/{wait}", permission="read",
        summary="Read a wait, as soon as it has ended", handle=look, query=models.WaitQuery, answer=models.Wait,
    ),
    Route(
        tag=TAG, method="POST", path="sessions/{id}/subscriptions", permission="report",
        summary="Listen to a trigger or an event (session only)", handle=subscribe, body=models.SubscriptionBody,
        answer=models.Subscription, status=201,
    ),
    Route(
        tag=TAG, method="DELETE", path="sessions/{id}/subscriptions/{subscription}", permission="report",
        summary="Listen no more (session only)", handle=unsubscribe, status=204,
    ),
    Route(
        tag=TAG, method="POST", path="sessions/{id}/signals", permission="run", summary="Send a session a signal",
        handle=signal, body=models.SignalBody, answer=models.SignalReceipt, status=202,
    ),
)  # fmt: skip

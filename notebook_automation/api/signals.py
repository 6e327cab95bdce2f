"""Signals to all who wait for them, over REST; `waits.py` has those to one session."""

from __future__ import annotations

from .models import waits as models
from .routing import Request, Route, Tag
from .waits import position_of


async def broadcast(request: Request) -> models.SignalReceipt:
    """Send a signal to whoever in a project waits for it at this moment."""
    body: models.BroadcastBody = request.body
    project = await request.services.projects.get(request.caller, body.project)
    reached = await request.services.signals.broadcast(
        request.caller, project, body.name, body.payload,
        position=None if body.position is None else position_of(body.position),
    )  # fmt: skip
    return models.SignalReceipt(reached=reached)


TAG = Tag("signals", "What ends the waiting of sessions.")
ROUTES = (
    Route(
        tag=TAG, method="POST", path="signals", permission="run",
        summary="Send a signal to all in a project who wait for it", handle=broadcast, body=models.BroadcastBody,
        answer=models.SignalReceipt, status=202,
    ),
)  # fmt: skip

"""Checkpoints of durable sessions over REST: listed, and gone on from."""

from __future__ import annotations

from notebook_automation.domain.times import rfc3339
from notebook_automation.services.checkpoints import CheckpointView

from .models import checkpoints as models
from .models import sessions as session_models
from .models.paging import Page
from .routing import Reply, Request, Route
from .sessions import TAG, created


async def list_(request: Request) -> Page[models.Checkpoint]:
    """Return a session's checkpoints, the first one first."""
    found = await request.services.checkpoints.listed(request.caller, request.path["id"])
    return models.CheckpointPage(items=[_model(view) for view in found])


async def resume(request: Request) -> Reply:
    """Queue a new session that goes on from a checkpoint of this one."""
    body: models.ResumeBody = request.body
    view = await request.services.forks.fork(
        request.caller, request.path["id"], from_cell=body.from_cell, files=body.files
    )
    return created(request, view)


def _model(view: CheckpointView) -> models.Checkpoint:
    one = view.checkpoint
    return models.Checkpoint(
        number=one.number,
        cell=view.cell,
        cell_index=one.cell_index,
        piece=one.piece,
        pieces=one.pieces,
        attempt=one.attempt,
        is_kept=view.is_kept,
        obstacle=one.obstacle,
        how=one.how,
        size=one.size,
        seconds=one.seconds,
        held=one.held,
        names=[models.SavedName(name=name.name, type=name.type, size=name.size, text=name.text) for name in one.names],
        files=[models.SavedFile(path=file.path, size=file.size, is_deleted=file.digest is None) for file in one.files],
        created_at=rfc3339(one.created_at),
    )


ROUTES = (
    Route(
        tag=TAG, method="GET", path="sessions/{id}/checkpoints", permission="read",
        summary="List a session's checkpoints", handle=list_, answer=models.CheckpointPage,
    ),
    Route(
        tag=TAG, method="POST", path="sessions/{id}/resume", permission="run",
        summary="Go on from a session's checkpoint, as a new session", handle=resume, body=models.ResumeBody,
        answer=session_models.Session, status=201,
    ),
)  # fmt: skip

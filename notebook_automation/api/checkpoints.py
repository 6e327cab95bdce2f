"""Checkpoints of durable sessions over REST: listed, and gone on from."""

from __future__ import annotations

import asyncio

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.times import rfc3339
from notebook_automation.services.checkpoints import CheckpointView

from .handlers import RouteHandler
from .models import checkpoints as models
from .models import sessions as session_models
from .models.empty import Nothing
from .models.paging import Page
from .routing import Reply, Request, Route
from .sessions import TAG, created

_PART = 1024 * 1024


async def list_(request: Request) -> Page[models.Checkpoint]:
    """Return a session's checkpoints, the first one first."""
    found = await request.services.checkpoints.listed(request.caller, request.path["id"])
    return models.CheckpointPage(items=[_model(view) for view in found])


async def resume(request: Request) -> Reply:
    """Queue a new session that goes on from a checkpoint of this one."""
    body: models.ResumeBody = request.body
    services, session_id = request.services, request.path["id"]
    edited = None
    if body.notebook is not None:
        if body.files != "same":
            raise Invalid("Resume with the files of now, or with an edited notebook: not both.", code="request_invalid")
        edited = await services.live_copies.edited(request.caller, session_id, body.notebook)
    view = await services.forks.fork(
        request.caller, session_id, from_cell=body.from_cell, files=body.files, notebook=edited,
        parameters=body.parameters,
    )  # fmt: skip
    return created(request, view)


async def open_live(request: Request) -> models.LiveCopy:
    """Write the notebook in which a session that failed, or waits, is opened live."""
    copy = await request.services.live_copies.make(request.caller, request.path["id"])
    return models.LiveCopy(path=copy.path, cell=copy.cell)


class StateHandler(RouteHandler):
    """Sends what the kernel of a live copy restores: to people alone, since it holds what the session held."""

    async def get(self) -> None:
        self.body_ended()
        file = await (await self.services()).live_copies.state(self.caller, self.parts["id"])
        try:
            self.set_header("Content-Type", "application/x-tar")
            self.set_header("Content-Length", str(file.stat().st_size))
            self.set_header("Cache-Control", "no-store")
            with file.open("rb") as source:
                while part := await asyncio.to_thread(source.read, _PART):
                    self.write(part)
                    await self.flush()
        finally:
            file.unlink()

    head = get


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
        files=[
            models.SavedFile(path=file.path, size=file.size, is_deleted=file.kind == "gone")
            for file in one.files
            if file.kind != "folder"
        ],
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
    Route(
        tag=TAG, method="POST", path="sessions/{id}/open", permission="configure",
        summary="Open a session live before its failed cell", handle=open_live, body=Nothing, answer=models.LiveCopy,
    ),
    Route(
        tag=TAG, method="GET", path="sessions/{id}/state", permission="configure",
        summary="Read what the kernel of a live copy restores (a tar file)", handler=StateHandler,
        media_type="application/x-tar",
    ),
)  # fmt: skip

"""Sweeps over REST: begun; as groups of sessions they are looked at, cancelled and run again."""

from __future__ import annotations

from notebook_automation.domain.session_options import asked_options
from notebook_automation.services.sweeps import SweepWish

from .models import session_groups as group_models
from .models import sweeps as models
from .models.environments import environment_of
from .routing import Reply, Request, Route, Tag
from .session_groups import begun
from .sessions import project_and_call


async def start(request: Request) -> Reply:
    """Run a notebook or function once for each combination of parameters."""
    body: models.SweepBody = request.body
    project, call = await project_and_call(request, body)
    options = asked_options(
        report=body.report, keep=body.keep, time_limit=body.time_limit, kernel_name=body.kernel_name, tags=body.tags,
        skip_tags=body.skip_tags, is_durable=body.is_durable, env=environment_of(body.env), memory=body.memory,
        priority=body.priority,
    )  # fmt: skip
    wish = SweepWish(
        axes=body.sweep, paired=body.zip, parameters=body.parameters, at_once=body.at_once, options=options,
        on_parent_end=body.on_parent_end,
    )  # fmt: skip
    return begun(request, await request.services.sweeps.start(request.caller, project, call, wish))


TAG = Tag("sweeps", "Runs with each combination of values of some parameters.")
ROUTES = (
    Route(
        tag=TAG, method="POST", path="sweeps", permission="run", summary="Begin a parameter sweep", handle=start,
        body=models.SweepBody, answer=group_models.SessionGroup, status=201,
    ),
)  # fmt: skip

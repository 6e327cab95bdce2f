"""The one table of routes: it registers handlers, makes the OpenAPI document, and tells the tests what there is."""

from __future__ import annotations

from typing import Any

from notebook_automation.domain.access import Action

from . import artifacts, contents, docs, events, openapi, projects, sessions, status, triggers
from . import changes as stream
from .models import artifacts as artifact_models
from .models import changes as change_models
from .models import events as event_models
from .models import projects as project_models
from .models import sessions as session_models
from .models import status as status_models
from .models import triggers as trigger_models
from .models.paging import Paging
from .requests import Handle
from .routing import Method, Route, Table

_ONE_TRIGGER: tuple[tuple[Method, Action, str, Handle, type[Any] | None, type[Any] | None, int], ...] = (
    ("GET", "read", "Read a trigger", triggers.shown, None, trigger_models.Trigger, 200),
    ("PATCH", "configure", "Change fields of a trigger", triggers.changed, trigger_models.TriggerBody,
     trigger_models.Trigger, 200),
    ("DELETE", "configure", "Delete a trigger", triggers.removed, None, None, 204),
)  # fmt: skip
_TRIGGERS = (
    Route(
        method="GET", path="triggers", permission="read", summary="List triggers", handle=triggers.listed,
        query=trigger_models.TriggerQuery, answer=trigger_models.TriggerPage,
    ),
    Route(
        method="POST", path="triggers", permission="configure", summary="Register a trigger", handle=triggers.created,
        body=trigger_models.TriggerBody, answer=trigger_models.Trigger, status=201,
    ),
    Route(
        method="POST", path="triggers/preview", permission="read", summary="See what would be registered",
        handle=triggers.previewed, body=trigger_models.TriggerBody, answer=trigger_models.Trigger,
    ),
    *(
        Route(
            method=method, path=path, permission=permission, summary=summary, handle=handle, body=body, answer=answer,
            status=code,
        )
        for path in ("triggers/{id}", "triggers/{project}/{name}")
        for method, permission, summary, handle, body, answer, code in _ONE_TRIGGER
    ),
    *(
        Route(
            method="POST", path=f"{path}/fire", permission="run", summary="Run a trigger now", handle=triggers.fired,
            body=trigger_models.FireBody, answer=event_models.Receipt, status=202,
        )
        for path in ("triggers/{id}", "triggers/{project}/{name}")
    ),
    Route(
        method="PUT", path="triggers/{project}/{name}", permission="configure",
        summary="Register a trigger, or make it what the body says", handle=triggers.put,
        body=trigger_models.TriggerBody, answer=trigger_models.Trigger,
    ),
)  # fmt: skip
_PROJECTS = (
    Route(
        method="GET", path="projects", permission="read", summary="List projects", handle=projects.listed,
        query=Paging, answer=project_models.ProjectPage,
    ),
    Route(
        method="GET", path="projects/inspect", permission="read", summary="See what a notebook declares",
        handle=projects.inspected, query=project_models.InspectQuery, answer=project_models.Inspection,
    ),
    Route(
        method="POST", path="projects/apply", permission="configure", summary="Plan or apply a manifest",
        handle=projects.applied, body=project_models.ApplyBody, answer=project_models.Plan,
    ),
    Route(
        method="GET", path="projects/{id}", permission="read", summary="Read a project", handle=projects.shown,
        answer=project_models.Project,
    ),
    Route(
        method="GET", path="projects/{id}/export", permission="read", summary="Export a project's manifest",
        handle=projects.exported, answer=project_models.Export,
    ),
    Route(
        method="GET", path="projects/{id}/variables", permission="read", summary="List a project's variables",
        handle=projects.variables, answer=project_models.VariablePage,
    ),
    Route(
        method="PUT", path="projects/{id}/variables/{name}", permission="configure", summary="Set a variable",
        handle=projects.variable_set, body=project_models.VariableBody, answer=project_models.Variable,
    ),
    Route(
        method="DELETE", path="projects/{id}/variables/{name}", permission="configure", summary="Delete a variable",
        handle=projects.variable_removed, status=204,
    ),
)  # fmt: skip
_SESSIONS = (
    Route(
        method="GET", path="sessions", permission="read", summary="List sessions", handle=sessions.listed,
        query=session_models.SessionQuery, answer=session_models.SessionPage,
    ),
    Route(
        method="POST", path="sessions", permission="run", summary="Start a session", handle=sessions.started,
        body=session_models.SessionBody, answer=session_models.Session, status=201,
    ),
    Route(
        method="GET", path="sessions/{id}", permission="read", summary="Read a session", handle=sessions.shown,
        answer=session_models.Session,
    ),
    Route(
        method="POST", path="sessions/{id}/cancel", permission="run", summary="Cancel a session",
        handle=sessions.cancelled, body=session_models.Nothing, answer=session_models.Session,
    ),
    Route(
        method="POST", path="sessions/{id}/retry", permission="run", summary="Run an ended session again",
        handle=sessions.retried, body=session_models.Nothing, answer=session_models.Session, status=201,
    ),
    Route(
        method="GET", path="sessions/{id}/log", permission="read", summary="Read a session's log", handle=sessions.log,
        query=session_models.LogQuery, answer=session_models.LogPage,
    ),
    Route(
        method="GET", path="sessions/{id}/cells", permission="read", summary="Read a session's timeline of cells",
        handle=sessions.cells, answer=session_models.CellPage,
    ),
    Route(
        method="GET", path="sessions/{id}/outcomes", permission="read", summary="List what a session handed out",
        handle=sessions.outcomes, answer=session_models.OutcomePage,
    ),
    Route(
        method="POST", path="sessions/{id}/outcomes", permission="report", summary="Hand a value out (session only)",
        handle=sessions.handed_out, body=session_models.OutcomeBody, answer=session_models.Outcome, status=201,
    ),
    Route(
        method="POST", path="sessions/{id}/progress", permission="report", summary="Tell progress (session only)",
        handle=sessions.progressed, body=session_models.ProgressBody, status=204,
    ),
    Route(
        method="GET", path="sessions/{id}/context", permission="read", summary="Read what a session's code may know",
        handle=sessions.context, answer=session_models.Context,
    ),
)  # fmt: skip
_ARTIFACTS = (
    Route(
        method="GET", path="artifacts", permission="read", summary="List artifacts", handle=artifacts.listed,
        query=artifact_models.ArtifactQuery, answer=artifact_models.ArtifactPage,
    ),
    Route(
        method="POST", path="artifacts", permission="report", summary="Keep an artifact; the body is its content",
        handler=artifacts.UploadHandler, query=artifact_models.UploadQuery, answer=artifact_models.Artifact,
        status=201, takes_file=True,
    ),
    Route(
        method="GET", path="artifacts/{id}", permission="read", summary="Read an artifact", handle=artifacts.shown,
        answer=artifact_models.Artifact,
    ),
    Route(
        method="DELETE", path="artifacts/{id}", permission="configure", summary="Delete an artifact",
        handle=artifacts.removed, status=204,
    ),
    Route(
        method="GET", path="artifacts/{id}/versions", permission="read", summary="List an artifact's versions",
        handle=artifacts.versions, answer=artifact_models.ArtifactPage,
    ),
    Route(
        method="GET", path="artifacts/{id}/content", permission="read", summary="Read an artifact's content",
        handler=artifacts.ContentHandler, query=artifact_models.ContentQuery, media_type="*/*",
    ),
    Route(
        method="GET", path="contents/{path...}/checkpoints", permission="read",
        summary="List an artifact's checkpoints (Jupyter contents protocol): none",
        handle=contents.checkpoints, query=artifact_models.ContentsQuery, answer=list[str],
    ),
    Route(
        method="GET", path="contents/{path...}", permission="read",
        summary="Read the artifact drive (Jupyter contents protocol)", handle=contents.shown,
        query=artifact_models.ContentsQuery, answer=artifact_models.Contents,
    ),
)  # fmt: skip
_EVENTS = (
    Route(
        method="GET", path="events", permission="read", summary="List events", handle=events.listed,
        query=event_models.EventQuery, answer=event_models.EventPage,
    ),
    Route(
        method="POST", path="events", permission="run", summary="Emit an event", handle=events.emitted,
        body=event_models.EventBody, answer=event_models.Receipt, status=202,
    ),
    Route(
        method="POST", path="events/explain", permission="read", summary="Explain a filter on an event",
        handle=events.explained, body=event_models.ExplainBody, answer=event_models.Explanation,
    ),
    Route(
        method="GET", path="events/{id}", permission="read", summary="Read an event and what became of it",
        handle=events.shown, answer=event_models.Event,
    ),
    Route(
        method="POST", path="events/{id}/replay", permission="run", summary="Let an event happen again",
        handle=events.replayed, body=session_models.Nothing, answer=event_models.Receipt, status=202,
    ),
)  # fmt: skip
_SERVER = (
    Route(
        method="GET", path="status", permission="read", summary="Read the server's state", handle=status.shown,
        answer=status_models.Status,
    ),
    Route(
        method="GET", path="stream", permission="read", summary="Follow changes (WebSocket)",
        handler=stream.StreamHandler, query=change_models.StreamQuery, status=101,
        messages=change_models.message_types,
    ),
    Route(
        method="GET", path="openapi.json", permission="read", summary="Read this document", handle=openapi.served,
    ),
    Route(
        method="GET", path="docs", permission="read", summary="Read this document as a page", handle=docs.served,
        media_type="text/html",
    ),
)  # fmt: skip

ROUTES = (*_TRIGGERS, *_PROJECTS, *_SESSIONS, *_ARTIFACTS, *_EVENTS, *_SERVER)
TABLE = Table(ROUTES)

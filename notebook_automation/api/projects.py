"""Projects over REST: what a notebook declares, manifests, variables."""

from __future__ import annotations

from notebook_automation.domain import parameters
from notebook_automation.domain.projects import Project, Variable
from notebook_automation.domain.times import rfc3339

from .models import projects as models
from .models.paging import Page, Paging
from .routing import Reply, Request, Route, Tag


async def list_(request: Request) -> Page[models.Project]:
    """Return a page of projects."""
    query: Paging = request.query
    found, more = await request.services.projects.listed(request.caller, limit=query.limit, cursor=query.cursor)
    return models.ProjectPage(
        items=[_project_model(request, project, count) for project, count in found], next_cursor=more
    )


async def get(request: Request) -> models.Project:
    """Return one project."""
    project = await _project(request)
    return _project_model(request, project, await request.services.projects.trigger_count(request.caller, project))


async def make(request: Request) -> models.Project:
    """Return the project that a folder belongs to, made when new."""
    body: models.ProjectBody = request.body
    projects = request.services.projects
    project, _ = await projects.of_notebook(request.caller, f"{body.path.strip('/')}/_")
    return _project_model(request, project, await projects.trigger_count(request.caller, project))


async def inspect(request: Request) -> models.Inspection:
    """Return what a notebook declares, and the project that it, or a folder, belongs to or would make."""
    query: models.InspectQuery = request.query
    projects = request.services.projects
    path = query.path.strip("/")
    if path.lower().endswith(".ipynb"):
        folder, facts = projects.inspect(request.caller, path)
        return models.Inspection(
            path=path,
            project=await projects.name_at(request.caller, folder),
            kernel_name=facts.kernel_name,
            language=facts.language,
            parameters=[parameter_model(one) for one in facts.parameters or ()],
            handlers=list(facts.handlers),
            has_parameters_cell=facts.has_parameters_cell,
            warnings=[],
        )
    folder, _ = projects.locate(f"{path}/_" if path else "_")
    return models.Inspection(
        path=path,
        project=await projects.name_at(request.caller, folder),
        kernel_name=None,
        language=None,
        parameters=[],
        handlers=[],
        has_parameters_cell=False,
        warnings=[],
    )


async def apply(request: Request) -> models.Plan:
    """Plan what a manifest changes, and do it unless `dry_run`."""
    body: models.ApplyBody = request.body
    plan = await request.services.manifests.apply(request.caller, body.manifest, body.path, dry_run=body.dry_run)
    steps = [
        models.Step(kind=one.kind, name=one.name, change=one.change, fields=dict(one.fields)) for one in plan.changes
    ]
    return models.Plan(project=plan.project.name, plan=steps, warnings=plan.warnings, applied=plan.applied)


async def export(request: Request) -> models.Export:
    """Return a manifest that makes the project's definitions again; secrets stay here."""
    return models.Export(manifest=await request.services.manifests.export(request.caller, await _project(request)))


async def list_variables(request: Request) -> Page[models.Variable]:
    """Return a project's variables; secrets have no value."""
    found = await request.services.projects.variables(request.caller, await _project(request))
    return models.VariablePage(items=[_variable_model(one) for one in found])


async def set_variable(request: Request) -> models.Variable:
    """Set a variable."""
    body: models.VariableBody = request.body
    name = request.path["name"]
    project = await _project(request)
    stored = await request.services.projects.set_variable(
        request.caller, project, name, body.value, secret=body.secret, description=body.description
    )
    return _variable_model(stored)


async def delete_variable(request: Request) -> Reply:
    """Delete a variable."""
    await request.services.projects.remove_variable(request.caller, await _project(request), request.path["name"])
    return Reply(status=204)


def parameter_model(parameter: parameters.Parameter) -> models.Parameter:
    """Return a parameter as forms need it; one that the cell gives no value has to be filled in."""
    return models.Parameter(
        name=parameter.name,
        default=parameter.value,
        type=parameter.type,  # type: ignore[arg-type]
        help=parameter.help,
        required=not parameter.has_default,
    )


async def _project(request: Request) -> Project:
    return await request.services.projects.get(request.caller, request.path["id"])


def _variable_model(variable: Variable) -> models.Variable:
    return models.Variable(
        name=variable.name,
        value=None if variable.secret else variable.value,
        secret=variable.secret,
        description=variable.description,
    )


def _project_model(request: Request, project: Project, trigger_count: int) -> models.Project:
    return models.Project(
        id=project.id,
        name=project.name,
        path=request.services.projects.shown_path(project),
        trigger_count=trigger_count,
        created_at=rfc3339(project.created_at) or "",
    )


TAG = Tag("projects", "Folders of notebooks, their manifests and variables.")
ROUTES = (
    Route(
        tag=TAG, method="GET", path="projects", permission="read", summary="List projects", handle=list_,
        query=Paging, answer=models.ProjectPage,
    ),
    Route(
        tag=TAG, method="POST", path="projects", permission="configure", summary="Make a folder a project",
        handle=make, body=models.ProjectBody, answer=models.Project,
    ),
    Route(
        tag=TAG, method="GET", path="projects/inspect", permission="read", summary="See what a notebook declares",
        handle=inspect, query=models.InspectQuery, answer=models.Inspection,
    ),
    Route(
        tag=TAG, method="POST", path="projects/apply", permission="configure", summary="Plan or apply a manifest",
        handle=apply, body=models.ApplyBody, answer=models.Plan,
    ),
    Route(
        tag=TAG, method="GET", path="projects/{id}", permission="read", summary="Read a project", handle=get,
        answer=models.Project,
    ),
    Route(
        tag=TAG, method="GET", path="projects/{id}/export", permission="read", summary="Export a project's manifest",
        handle=export, answer=models.Export,
    ),
    Route(
        tag=TAG, method="GET", path="projects/{id}/variables", permission="read", summary="List a project's variables",
        handle=list_variables, answer=models.VariablePage,
    ),
    Route(
        tag=TAG, method="PUT", path="projects/{id}/variables/{name}", permission="configure", summary="Set a variable",
        handle=set_variable, body=models.VariableBody, answer=models.Variable, is_private=True,
    ),
    Route(
        tag=TAG, method="DELETE", path="projects/{id}/variables/{name}", permission="configure",
        summary="Delete a variable", handle=delete_variable, status=204,
    ),
)  # fmt: skip

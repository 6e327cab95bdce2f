"""What runs sessions: the supervisor, and the runner of each attempt."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from notebook_automation.adapters.seal import Seal
from notebook_automation.domain.attempts import AttemptNews
from notebook_automation.execution.workspaces import Workspaces
from notebook_automation.runner.runner import Runner
from notebook_automation.runner.warm_kernels import WarmKernels
from notebook_automation.services.attempts import Attempts
from notebook_automation.services.checkpoint_content import CheckpointContent
from notebook_automation.services.claims import Claims
from notebook_automation.services.durable_attempts import DurableAttempts
from notebook_automation.settings import Settings
from notebook_automation.store.database import Database
from notebook_automation.supervisor.runner_pool import RunnerPool
from notebook_automation.supervisor.supervisor import Supervisor
from notebook_automation.supervisor.warm_handlers import WarmHandlers

from .foundations import blobs_of, key_file, open_database, projects_of


def build_supervisor(
    settings: Settings, *, api_url: str, notify: Callable[[Sequence[AttemptNews]], None]
) -> Supervisor:
    """Return a supervisor with a database of its own; ``notify`` is called when something was committed."""
    database = open_database(settings)
    claims = Claims(database, projects_of(database, settings), settings)
    handlers = WarmHandlers(claims, Workspaces(blobs_of(settings), settings), settings)
    return Supervisor(claims, settings, RunnerPool(settings, api_url, handlers), notify)


def build_runner(
    settings: Settings, *, api_url: str = "", begun: Callable[[], None] = lambda: None,
    changed: Callable[[], None] = lambda: None,
) -> Runner:  # fmt: skip
    """Return a runner with a database of its own; ``begun`` is called when it has acquired its session."""
    return runner_of(settings, open_database(settings), api_url=api_url, begun=begun, changed=changed)


def runner_of(
    settings: Settings, database: Database, *, api_url: str, begun: Callable[[], None], changed: Callable[[], None],
    warm: Callable[[], Awaitable[WarmKernels]] | None = None,
) -> Runner:  # fmt: skip
    """Return a runner on ``database``; ``warm`` is awaited before a kernel is started."""
    # Not at the top: a server, which never collects anything, would import nbformat and the kernel's client for it.
    from notebook_automation.runner.durable_run import DurableRuns
    from notebook_automation.runner.results import ResultCollector

    blobs, seal = blobs_of(settings), Seal(key_file(settings))
    attempts = Attempts(database, projects_of(database, settings), settings)
    durable_runs = DurableRuns(DurableAttempts(database, attempts, seal), CheckpointContent(blobs, seal), settings)
    return Runner(
        attempts, Workspaces(blobs, settings), ResultCollector(blobs, settings), settings, api_url=api_url,
        begun=begun, changed=changed, warm=warm, durable_runs=durable_runs,
    )  # fmt: skip

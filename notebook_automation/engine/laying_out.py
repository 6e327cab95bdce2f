"""Makes a session ready to run: its folder with a copy of the project, its context, its kernel's environment."""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import translate
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.errors import NotFound
from notebook_automation.domain.masking import Masker
from notebook_automation.domain.snapshots import Snapshot, snapshot_of
from notebook_automation.execution.leftovers import SESSION_VARIABLE
from notebook_automation.execution.snapshots import SnapshotLimits, SnapshotTaker, Stat, lay_out
from notebook_automation.ports import Blobs
from notebook_automation.services.attempts import Held
from notebook_automation.services.contexts import context_of
from notebook_automation.settings import Settings

if TYPE_CHECKING:
    from notebook_automation.execution.execute import NotebookExecution
    from notebook_automation.execution.forkserver.shared import SharedServer
    from notebook_automation.execution.leftovers import RecordedKernelManager
    from notebook_automation.execution.observer import RunObserver
    from notebook_automation.execution.setups import RanAhead

CONTEXT = "context.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class LaidOut:
    """The session's copy of its project in ``work``: ``states`` are its files' as the session finds them."""

    folder: Path
    work: Path
    snapshot: Snapshot
    states: dict[str, Stat]
    left_out: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What is there to run; the executed notebook will be ``file_name`` in the session's folder."""

    laid_out: LaidOut
    execution: NotebookExecution
    manager: RecordedKernelManager
    kernel_name: str
    cwd: Path
    file_name: str
    ahead: RanAhead | None = None
    """The set-up that one of the fork servers has run, if it is this session's."""


def sessions_folder(settings: Settings) -> Path:
    """Return the folder in which each running session has its own."""
    return Path(settings.data_dir) / "sessions"


def lay_out_session(held: Held, project: Path, blobs: Blobs, settings: Settings) -> LaidOut:
    """Take the snapshot of ``project`` (a retry uses that of the session before) and make the session's folder.

    Raises NotFound (``path_not_found``, ``blob_missing``), Unavailable (``disk_full``).
    """
    folder = sessions_folder(settings) / held.session.id
    work = folder / "work"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if held.snapshot is not None:
        states = lay_out(held.snapshot, blobs, work)
        return LaidOut(folder=folder, work=work, snapshot=held.snapshot, states=states)
    return lay_out_project(project, parse_call(held.session.call).path, blobs, settings, folder)


def lay_out_project(project: Path, path: str, blobs: Blobs, settings: Settings, folder: Path) -> LaidOut:
    """Take the snapshot of ``project`` and lay it out in ``folder``; ``path`` is what is called there.

    Raises NotFound (``path_not_found``, ``blob_missing``), Unavailable (``disk_full``).
    """
    work = folder / "work"
    taker = _taker(blobs, settings)
    if not project.is_dir():
        raise NotFound(f"The project's folder {project} is not there any more.", code="path_not_found")
    try:
        return _taken(taker, project, path, blobs, folder, work, fresh=False)
    except NotFound:
        # A blob was cleaned up after it was looked for: read everything anew.
        shutil.rmtree(work, ignore_errors=True)
        return _taken(taker, project, path, blobs, folder, work, fresh=True)


def snapshot_now(project: Path, path: str, blobs: Blobs, settings: Settings) -> Snapshot:
    """Return the snapshot that a session of ``project`` would get now. Raises Unavailable (``disk_full``), OSError."""
    return snapshot_of(_taker(blobs, settings).take(project, path).files)


def make_ready(
    held: Held,
    laid_out: LaidOut,
    settings: Settings,
    *,
    api_url: str,
    observer: RunObserver,
    fork_servers: Sequence[SharedServer] = (),
    starting: Callable[[RecordedKernelManager, Mapping[str, Any]], None] = lambda manager, launch: None,
) -> Ready:
    """Prepare the called notebook, its context file and its kernel's environment. Raises NotFound, Invalid.

    The kernel is forked from one of ``fork_servers`` where one fits, best from one that has run the session's set-up.
    ``starting`` is called as soon as it is known which, with the arguments of `start_kernel`: it may be started while
    the rest is made ready.
    """
    from notebook_automation.execution.execute import NotebookExecution
    from notebook_automation.execution.kernels import launch_arguments
    from notebook_automation.execution.leftovers import RecordedKernelManager
    from notebook_automation.execution.outputs import OutputLimit
    from notebook_automation.execution.preparing import prepare

    session, folder = held.session, laid_out.folder
    call = parse_call(session.call)
    prepared = prepare(laid_out.work, call, session.kernel_name)
    manager = RecordedKernelManager(kernel_name=prepared.kernel_name, connection_file=str(folder / "connection.json"))
    manager.use_kernel_spec(prepared.kernel_spec)
    manager.record_folder = folder
    manager.fork_servers, manager.first = fork_servers, [str(laid_out.work)]
    env = _session_environment(held, laid_out, settings, _write_context(held, folder), api_url)
    launch = {"env": env, "cwd": str(prepared.cwd), "extra_arguments": launch_arguments(manager, [])}
    has_set_up = any(server.setup is not None for server in fork_servers)
    if not has_set_up:
        starting(manager, launch)
    execution = NotebookExecution(
        prepared.notebook,
        folder / prepared.file_name,
        parameters=session.parameters,
        kernel_name=prepared.kernel_name,
        input_path=session.call,
        cwd=prepared.cwd,
        env=env,
        manager=manager,
        observer=observer,
        masker=masker_of(held),
        output_limit=OutputLimit(cell=settings.output_limit, notebook=settings.output_limit),
    )
    ahead = None
    if has_set_up:
        ahead = _choose_servers(manager, laid_out, session.call, prepared.kernel_name, execution)
        starting(manager, launch)
    return Ready(
        laid_out=laid_out,
        ahead=ahead,
        execution=execution,
        manager=manager,
        kernel_name=prepared.kernel_name,
        cwd=prepared.cwd,
        file_name=prepared.file_name,
    )


def _choose_servers(
    manager: RecordedKernelManager, laid_out: LaidOut, call: str, kernel_name: str, execution: NotebookExecution
) -> RanAhead | None:
    """Leave the manager no fork server with another set-up than the session's; return that one."""
    from notebook_automation.execution.setups import ran_ahead, setup_identity

    with_setup = [server for server in manager.fork_servers if server.setup is not None]
    identity = setup_identity(laid_out.snapshot.id, call, kernel_name, execution.nb)
    found = None
    mine = []
    for server in with_setup:
        if server.setup is not None and server.setup["identity"] == identity and found is None:
            found = ran_ahead(identity, Path(server.setup["outputs"]))
            mine = [] if found is None else [server]
    manager.fork_servers = [*mine, *(server for server in manager.fork_servers if server.setup is None)]
    return found


def _session_environment(
    held: Held, laid_out: LaidOut, settings: Settings, context: Path, api_url: str
) -> dict[str, str]:
    common = kernel_environment(settings)
    return {
        **common,
        "PYTHONPATH": os.pathsep.join(filter(None, (str(laid_out.work), common.get("PYTHONPATH")))),
        "JPY_SESSION_NAME": str(laid_out.work / parse_call(held.session.call).path),
        SESSION_VARIABLE: held.session.id,
        "NOTEBOOK_AUTOMATION_TOKEN": held.token,
        "NOTEBOOK_AUTOMATION_CONTEXT": str(context),
        **({"NOTEBOOK_AUTOMATION_URL": api_url} if api_url else {}),
    }


def masker_of(held: Held) -> Masker:
    """Return what hides the session's secrets: its project's, and the token by which its kernel reaches the server."""
    secrets = [held.variables[name] for name in held.secrets]
    return Masker([*secrets, held.token] if secrets else ())


def kernel_environment(settings: Settings) -> dict[str, str]:
    """Return what the kernels of all sessions have in common in their environments."""
    return inherited(os.environ, settings.kernel_environment)


def inherited(environment: Mapping[str, str], allowed: Sequence[str]) -> dict[str, str]:
    """Return the variables whose names are ``allowed``; an allowed name may end in ``*``."""
    matches = _any_of(tuple(allowed)).match
    return {name: value for name, value in environment.items() if matches(name.upper() if os.name == "nt" else name)}


@cache
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(translate, patterns)) or r"(?!)")


def _taker(blobs: Blobs, settings: Settings) -> SnapshotTaker:
    limits = SnapshotLimits(
        file=settings.snapshot_max_file, count=settings.snapshot_max_files, total=settings.snapshot_max_total
    )
    data = Path(settings.data_dir)
    return SnapshotTaker(blobs, limits, data / "snapshots", never=[data])


def _taken(
    taker: SnapshotTaker, project: Path, path: str, blobs: Blobs, folder: Path, work: Path, *, fresh: bool
) -> LaidOut:
    taken = taker.take(project, path, fresh=fresh)
    snapshot = snapshot_of(taken.files)
    return LaidOut(
        folder=folder,
        work=work,
        snapshot=snapshot,
        states=lay_out(snapshot, blobs, work),
        left_out=taken.left_out,
    )


def _write_context(held: Held, folder: Path) -> Path:
    """Write what the session's code reads of itself; it holds secrets, so only its user may read it."""
    path = folder / CONTEXT
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8") as file:
        json.dump(context_of(held), file)
    return path

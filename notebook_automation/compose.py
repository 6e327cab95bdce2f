"""The only place that builds the objects and wires them together."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Coroutine, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from .adapters.blobs import FileBlobs
from .adapters.cel import Filters
from .adapters.crypto import Cipher
from .adapters.filesystems import network_filesystem
from .adapters.kernels import InstalledKernels
from .adapters.link_codes import LinkCodes
from .adapters.notebooks import NotebookReader
from .adapters.private_files import make_private
from .adapters.seal import Seal
from .adapters.smtp import Smtp, server_of
from .api.local_http import send_locally
from .domain.attempts import AttemptNews
from .domain.changes import Change
from .domain.errors import Unavailable
from .domain.inquiries import Inquiry
from .engine.dispatcher import Dispatcher
from .engine.file_watcher import FileWatcher
from .engine.in_process_launcher import InProcessLauncher
from .engine.leader_election import LeaderDuty, LeaderElection
from .engine.local_launcher import LocalLauncher
from .engine.mailer import Mailer
from .engine.reaper import Reaper
from .engine.timers import Timers
from .execution.workspaces import Workspaces
from .ports import Launcher
from .runner.runner import Runner
from .runner.warm_kernels import WarmKernels
from .services import notices
from .services.absences import Absences
from .services.artifact_arrivals import ArtifactArrivals
from .services.artifacts import Artifacts
from .services.attempts import Attempts
from .services.chains import Chains
from .services.changes import Changes
from .services.checkpoint_content import CheckpointContent
from .services.checkpoints import Checkpoints
from .services.claims import Claims
from .services.container import Services
from .services.credentials import Credentials
from .services.durable_attempts import DurableAttempts
from .services.endings import LostSessions
from .services.event_history import EventHistory
from .services.events import Events
from .services.file_events import FileEvents
from .services.file_moves import FileMoves
from .services.forks import Forks
from .services.forms import Forms
from .services.held_sessions import HeldSessions
from .services.inbox import Inbox
from .services.inquiries import Inquiries
from .services.inquiry_answers import InquiryAnswers
from .services.inquiry_links import InquiryLinks
from .services.inquiry_mails import InquiryMails
from .services.inquiry_notebooks import InquiryNotebooks
from .services.inquiry_notices import notify_nobody
from .services.inquiry_records import InquiryRecords
from .services.inquiry_times import InquiryTimes
from .services.link_issuing import LinkIssuer
from .services.listeners import Listeners
from .services.live_copies import LiveCopies
from .services.local_replays import LocalReplays
from .services.manifests import Manifests
from .services.matching import Matching
from .services.notification_conditions import NotificationConditions
from .services.notification_reports import NotificationReports
from .services.notification_ways import NotificationWays
from .services.notifications import Notifications
from .services.notify_defaults import NotifyDefaults
from .services.parked_results import ParkedResults
from .services.policies import PolicyTimes
from .services.project_policies import ProjectPolicies
from .services.projects import Projects
from .services.rate_limits import RateLimits
from .services.responses import Responses
from .services.retention import Retention
from .services.rules import Rules
from .services.session_code import SessionCode
from .services.session_ends import SessionEnds
from .services.sessions import Sessions
from .services.shown import ShownThings
from .services.signals import Signals
from .services.steps import Steps
from .services.subscriptions import Subscriptions
from .services.trigger_views import TriggerViews
from .services.triggers import Triggers
from .services.waits import Waits
from .services.wakes import Due, Wakes
from .services.why import WhyService
from .settings import Settings
from .store.database import Database
from .supervisor.in_process_runners import InProcessRunners
from .supervisor.runner_pool import RunnerPool
from .supervisor.supervisor import Supervisor
from .supervisor.warm_handlers import WarmHandlers

_DATA_FOLDERS = ("blobs", "handlers", "sessions", "snapshots")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """What works in one server: ``start`` it before the first request, ``stop`` it at the end.

    ``prepare_database`` brings the database to what the code needs.
    """

    services: Services
    database: Database
    engine: LeaderElection
    prepare_database: Callable[[], None]

    async def start(self) -> None:
        """Bring the database up to date and begin to work. Raises Unavailable, saying what to do."""
        await asyncio.to_thread(self.prepare_database)
        await self.services.changes.start()
        if self.services.settings.run_engine:
            await self.engine.start()
            # Whoever looks first should see who runs the engine, not that nobody does yet.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self.services.settings.engine_lease):
                    await self.engine.decided.wait()

    async def stop(self) -> None:
        """Stop what runs, finish what is being written, and close."""
        await self.engine.stop()
        await self.services.changes.stop()
        await asyncio.to_thread(self.database.close)


def build_server(settings: Settings, *, api_url: str, public_base: Callable[[], str] | None = None) -> Server:
    """Return a server that is not started; ``api_url`` is where the kernels of its sessions reach it.

    ``public_base`` returns where others do, with a slash at its end. Raises Unavailable (``database_on_network``)
    rather than risk a database, Invalid (``smtp_url_invalid``).
    """
    database = open_database(settings)
    prepare = partial(_prepare, database, settings)
    issuer = LinkIssuer(settings, LinkCodes(_key_file(settings)))
    smtp = Smtp(server_of(settings.smtp_url)) if settings.smtp_url else None
    base = public_base or (lambda: api_url.removesuffix("notebook-automation/api/v1"))
    mails = InquiryMails(database, settings, issuer, smtp, base)
    outboxes = _Outboxes(mails, _notifications(settings, database, smtp, base))
    return _server(settings, database, LocalLauncher(settings, api_url=api_url), prepare, outboxes)


@dataclass(frozen=True, slots=True)
class _Outboxes:
    """What sends messages to people."""

    mails: InquiryMails
    notifications: Notifications


def _notifications(settings: Settings, database: Database, smtp: Smtp | None, base: Callable[[], str]) -> Notifications:
    ways = NotificationWays(database, _projects(database, settings), settings, smtp)
    conditions = NotificationConditions(database, _blobs(settings), Filters())
    reports = NotificationReports(database, _blobs(settings))
    return Notifications(database, settings, ways, conditions, reports, lambda: f"{base()}lab")


def _notify(
    mails: InquiryMails, settings: Settings, tx: Connection, inquiry: Inquiry, reason: str, people: Collection[str]
) -> None:
    mails.notify(tx, inquiry, reason, people)
    if reason.startswith("asked"):
        notices.people_asked(tx, inquiry, settings)


def build_single_process(
    settings: Settings, *, api_url: str, warm: Callable[[], Awaitable[WarmKernels]], committed: Callable[[], None]
) -> Server:
    """Return a server that runs its sessions in this process: nothing is kept ready for others.

    ``warm`` is awaited before a kernel is started, ``committed`` called after each commit. Raises Unavailable
    (``database_on_network``).
    """
    # Nobody would wake what has given its process up: this one ends with its session.
    settings = replace(settings, park_after=0.0)
    database = open_database(settings)
    database.on_commit(committed)

    def runner(begun: Callable[[], None], changed: Callable[[], None]) -> Runner:
        return _runner(settings, database, api_url=api_url, begun=begun, changed=changed, warm=warm)

    claims = Claims(database, _projects(database, settings), settings)
    launcher = InProcessLauncher(lambda notify: Supervisor(claims, settings, InProcessRunners(runner), notify))
    return _server(settings, database, launcher, database.create)


def _server(
    settings: Settings, database: Database, launcher: Launcher, prepare_database: Callable[[], None],
    outboxes: _Outboxes | None = None,
) -> Server:  # fmt: skip
    """Return what works in a server; without ``outboxes`` it has no schedules either: it is for one session alone."""
    filters, blobs = Filters(), _blobs(settings)
    changes = Changes(database)
    database.on_commit(changes.poke)
    projects = _projects(database, settings)
    dispatcher = Dispatcher(launcher, changed=changes.poke)
    events = Events(database, projects, filters, queued=dispatcher.queued, settings=settings)
    parked = ParkedResults(database, blobs, Seal(_key_file(settings)), settings)
    sessions = Sessions(database, projects, queued=dispatcher.queued, stopping=dispatcher.stopping, parked=parked)
    matching, listeners = Matching(filters), Listeners(filters, Credentials(projects.cipher), settings)
    files = FileEvents(database, matching, listeners, queued=dispatcher.queued)
    trigger_views = TriggerViews(database, projects, InstalledKernels(), filters, file_trouble=lambda: files.trouble)
    shown = ShownThings(database, projects, blobs, settings)
    triggers = Triggers(database, projects, filters, trigger_views, changed=events.forget_triggers)
    notify = notify_nobody if outboxes is None else partial(_notify, outboxes.mails, settings)
    reaper = Reaper(LostSessions(database, settings), Retention(database, blobs, settings), blobs, settings)
    held = HeldSessions(database, filters, settings)
    wakes = Wakes(database, held, queued=dispatcher.queued)
    due: list[Due] = [held, wakes, PolicyTimes(database), InquiryTimes(database, settings, notify=notify)]
    chains = Chains(matching, settings.chain_max)
    due += [SessionEnds(database, chains, listeners), ArtifactArrivals(database, chains, listeners)]
    timers = Timers(due, queued=dispatcher.queued)
    changes.on_change(timers.changed)
    changes.on_change(dispatcher.changed)
    duties: list[LeaderDuty] = [reaper, dispatcher, timers]
    file_watcher = FileWatcher(files, poll=settings.file_poll)
    changes.on_change(file_watcher.changed)
    answers = InquiryAnswers(database, settings, queued=dispatcher.queued, notify=notify)
    codes = LinkCodes(_key_file(settings))
    if outboxes is not None:
        mailers = [Mailer(outboxes.mails, "inquiries"), Mailer(outboxes.notifications, "notifications")]
        for mailer in mailers:
            changes.on_change(mailer.changed)
        # Not at the top: APScheduler is much to import for one that has no schedules.
        from .engine.scheduler import Scheduler

        scheduler = Scheduler(database, events, grace=settings.tick_grace)
        duties += [scheduler, *mailers, file_watcher]
        _refresh_definitions(changes, events, scheduler.changed)
    inquiries = Inquiries(database, settings, notify=notify, notebook_of=shown.notebook_so_far)
    engine = LeaderElection(database, duties, seconds=settings.engine_lease)
    services = Services(
        settings=settings,
        projects=projects,
        project_policies=ProjectPolicies(database, queued=dispatcher.queued),
        triggers=triggers,
        rules=Rules(database, triggers, trigger_views),
        trigger_views=trigger_views,
        file_moves=FileMoves(database, projects, changed=events.forget_triggers),
        events=events,
        event_history=EventHistory(database, projects, filters),
        inbox=Inbox(database, projects, events, codes, settings),
        sessions=sessions,
        session_code=SessionCode(database, projects, sessions, settings),
        waits=Waits(database, filters, Credentials(projects.cipher), changes),
        subscriptions=Subscriptions(database, filters),
        signals=Signals(database, queued=dispatcher.queued),
        wakes=wakes,
        why=WhyService(database, projects, filters, trigger_views),
        inquiries=inquiries,
        inquiry_records=InquiryRecords(database, inquiries),
        inquiry_notebooks=InquiryNotebooks(database, blobs),
        shown=shown,
        inquiry_answers=answers,
        inquiry_links=InquiryLinks(database, settings, codes, LinkIssuer(settings, codes), blobs, answers),
        absences=Absences(database),
        checkpoints=Checkpoints(database),
        forks=Forks(database, projects, blobs, Seal(_key_file(settings)), queued=dispatcher.queued),
        forms=Forms(),
        notifications=_notifications(settings, database, None, str) if outboxes is None else outboxes.notifications,
        notify_defaults=NotifyDefaults(database, filters),
        live_copies=LiveCopies(database, projects, blobs, Seal(_key_file(settings)), settings),
        local_replays=LocalReplays(database, send_locally),
        steps=Steps(database),
        artifacts=Artifacts(database, projects, blobs, settings),
        manifests=Manifests(database, projects, triggers, trigger_views),
        changes=changes,
        responses=Responses(sessions, changes, projects.cipher),
        rate_limits=RateLimits(settings),
        leadership=engine,
        database_kind="sqlite" if database.is_sqlite else "postgresql",
    )
    return Server(services=services, database=database, engine=engine, prepare_database=prepare_database)


def build_supervisor(
    settings: Settings, *, api_url: str, notify: Callable[[Sequence[AttemptNews]], None]
) -> Supervisor:
    """Return a supervisor with a database of its own; ``notify`` is called when something was committed."""
    database = open_database(settings)
    claims = Claims(database, _projects(database, settings), settings)
    handlers = WarmHandlers(claims, Workspaces(_blobs(settings), settings), settings)
    return Supervisor(claims, settings, RunnerPool(settings, api_url, handlers), notify)


def build_runner(
    settings: Settings, *, api_url: str = "", begun: Callable[[], None] = lambda: None,
    changed: Callable[[], None] = lambda: None,
) -> Runner:  # fmt: skip
    """Return a runner with a database of its own; ``begun`` is called when it has acquired its session."""
    return _runner(settings, open_database(settings), api_url=api_url, begun=begun, changed=changed)


def _runner(
    settings: Settings, database: Database, *, api_url: str, begun: Callable[[], None], changed: Callable[[], None],
    warm: Callable[[], Awaitable[WarmKernels]] | None = None,
) -> Runner:  # fmt: skip
    # Not at the top: a server, which never collects anything, would import nbformat and the kernel's client for it.
    from .runner.durable_run import DurableRuns
    from .runner.results import ResultCollector

    blobs, seal = _blobs(settings), Seal(_key_file(settings))
    attempts = Attempts(database, _projects(database, settings), settings)
    durable_runs = DurableRuns(DurableAttempts(database, attempts, seal), CheckpointContent(blobs, seal), settings)
    return Runner(
        attempts, Workspaces(blobs, settings), ResultCollector(blobs, settings), settings, api_url=api_url,
        begun=begun, changed=changed, warm=warm, durable_runs=durable_runs,
    )  # fmt: skip


def open_database(settings: Settings) -> Database:
    """Return the database of ``settings``, not yet migrated. Raises Unavailable (``database_on_network``)."""
    data = Path(settings.data_dir)
    make_private(data, _DATA_FOLDERS, ["automation.db"] if not settings.database_url else [])
    database = Database(settings.database)
    if database.is_sqlite and (kind := network_filesystem(data)) is not None:
        raise Unavailable(
            f"{data} is on a network file system ({kind}), where SQLite can lose data. Set data_dir to a local "
            "folder, or database_url to a PostgreSQL database.",
            code="database_on_network",
        )
    return database


def _prepare(database: Database, settings: Settings) -> None:
    """Bring the database up to date; never make a new one beside what an old one knew.

    Raises Unavailable (``database_missing``, and as `Database.migrate`).
    """
    data = Path(settings.data_dir)
    if (_key_file(settings).exists() or _blobs(settings).holds_anything()) and database.is_empty():
        raise Unavailable(
            f"The database {database.name} is empty or not there, although {data} holds secrets or artifacts of one. "
            f"Bring the database back from a copy. To begin with an empty one, move {data} away, or set data_dir to "
            "another folder.",
            code="database_missing",
        )
    database.migrate()


def _key_file(settings: Settings) -> Path:
    return Path(settings.data_dir) / "secret.key"


def _projects(database: Database, settings: Settings) -> Projects:
    cipher = Cipher(_key_file(settings))
    root = Path(settings.root_dir)
    return Projects(database, root, NotebookReader(), cipher, follow_links=settings.follow_links)


def _blobs(settings: Settings) -> FileBlobs:
    return FileBlobs(Path(settings.data_dir) / "blobs")


def _refresh_definitions(
    changes: Changes, events: Events, reschedule: Callable[[Change], Coroutine[Any, Any, None]]
) -> None:
    """Let those that keep definitions in memory read them again when any server has changed them."""
    tasks: set[asyncio.Task[None]] = set()

    def refresh(change: Change) -> None:
        if change.channel not in ("triggers", "projects"):
            return
        events.forget_triggers()
        task = asyncio.get_running_loop().create_task(reschedule(change))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    changes.on_change(refresh)

"""What works in a server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any

from notebook_automation.adapters.cel import Filters
from notebook_automation.adapters.kernels import InstalledKernels
from notebook_automation.adapters.link_codes import LinkCodes
from notebook_automation.adapters.seal import Seal
from notebook_automation.api.local_http import send_locally
from notebook_automation.domain.changes import Change
from notebook_automation.domain.session_groups import GroupKind
from notebook_automation.domain.session_trees import TreeLimits
from notebook_automation.engine.dispatcher import Dispatcher
from notebook_automation.engine.file_watcher import FileWatcher
from notebook_automation.engine.leader_election import LeaderDuty, LeaderElection
from notebook_automation.engine.mailer import Mailer
from notebook_automation.engine.reaper import Reaper
from notebook_automation.engine.timers import Timers
from notebook_automation.ports import Launcher
from notebook_automation.services.absences import Absences
from notebook_automation.services.all_secrets import AllSecrets
from notebook_automation.services.api_logs import ApiLogs
from notebook_automation.services.artifact_arrivals import ArtifactArrivals
from notebook_automation.services.artifacts import Artifacts
from notebook_automation.services.backfill_turns import BackfillTurns
from notebook_automation.services.backfills import Backfills
from notebook_automation.services.calendar_files import CalendarFiles
from notebook_automation.services.chains import Chains
from notebook_automation.services.changes import Changes
from notebook_automation.services.checkpoints import Checkpoints
from notebook_automation.services.container import Services
from notebook_automation.services.credentials import Credentials
from notebook_automation.services.endings import LostSessions
from notebook_automation.services.event_history import EventHistory
from notebook_automation.services.events import Events
from notebook_automation.services.file_events import FileEvents
from notebook_automation.services.file_moves import FileMoves
from notebook_automation.services.forks import Forks
from notebook_automation.services.forms import Forms
from notebook_automation.services.freshness import FreshnessTimes
from notebook_automation.services.group_progress import GroupProgress, GroupStarter
from notebook_automation.services.held_sessions import HeldSessions
from notebook_automation.services.inbox import Inbox
from notebook_automation.services.inquiries import Inquiries
from notebook_automation.services.inquiry_answers import InquiryAnswers
from notebook_automation.services.inquiry_links import InquiryLinks
from notebook_automation.services.inquiry_notebooks import InquiryNotebooks
from notebook_automation.services.inquiry_notices import notify_nobody
from notebook_automation.services.inquiry_records import InquiryRecords
from notebook_automation.services.inquiry_times import InquiryTimes
from notebook_automation.services.link_issuing import LinkIssuer
from notebook_automation.services.listeners import Listeners
from notebook_automation.services.live_copies import LiveCopies
from notebook_automation.services.local_replays import LocalReplays
from notebook_automation.services.manifests import Manifests
from notebook_automation.services.matching import Matching
from notebook_automation.services.meters import Meters
from notebook_automation.services.notify_defaults import NotifyDefaults
from notebook_automation.services.parked_results import ParkedResults
from notebook_automation.services.policies import PolicyTimes
from notebook_automation.services.project_policies import ProjectPolicies
from notebook_automation.services.rate_limits import RateLimits
from notebook_automation.services.responses import Responses
from notebook_automation.services.retention import Retention
from notebook_automation.services.rules import Rules
from notebook_automation.services.session_code import SessionCode
from notebook_automation.services.session_ends import SessionEnds
from notebook_automation.services.session_groups import SessionGroups
from notebook_automation.services.session_trees import SessionTrees
from notebook_automation.services.sessions import Sessions
from notebook_automation.services.shown import ShownThings
from notebook_automation.services.signals import Signals
from notebook_automation.services.steps import Steps
from notebook_automation.services.subscriptions import Subscriptions
from notebook_automation.services.sweep_turns import SweepTurns
from notebook_automation.services.sweeps import Sweeps
from notebook_automation.services.tasks import Tasks
from notebook_automation.services.trigger_views import TriggerViews
from notebook_automation.services.triggers import Triggers
from notebook_automation.services.waits import Waits
from notebook_automation.services.wakes import Due, Wakes
from notebook_automation.services.why import WhyService
from notebook_automation.settings import Settings
from notebook_automation.store.database import Database

from .foundations import blobs_of, key_file, projects_of
from .outboxes import Outboxes, notifications_of, notify_people
from .watching import telemetry_of, watch


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
        await self.services.api_logs.stop()
        if self.services.telemetry is not None:
            await asyncio.to_thread(self.services.telemetry.close)
        await asyncio.to_thread(self.database.close)


def wired_server(
    settings: Settings, database: Database, launcher: Launcher, prepare_database: Callable[[], None],
    outboxes: Outboxes | None = None,
) -> Server:  # fmt: skip
    """Return what works in a server; without ``outboxes`` it has no schedules either: it is for one session alone."""
    filters, blobs = Filters(), blobs_of(settings)
    changes = Changes(database)
    database.on_commit(changes.poke)
    projects = projects_of(database, settings)
    meters, telemetry = Meters(database), telemetry_of(settings)
    is_watched = settings.metrics or telemetry is not None
    dispatcher = Dispatcher(launcher, changed=changes.poke)
    events = Events(database, projects, filters, queued=dispatcher.queued, settings=settings, ticked=meters.ticked,
        send_span=None if telemetry is None else telemetry.add,
    )  # fmt: skip
    parked = ParkedResults(database, blobs, Seal(key_file(settings)), settings)
    tree = TreeLimits(levels=settings.tree_depth, most=settings.tree_max)
    sessions = Sessions(
        database,
        projects,
        queued=dispatcher.queued,
        stopping=dispatcher.stopping,
        parked=parked,
        tree=tree,
    )
    trees = SessionTrees(database, stopping=dispatcher.stopping, parked=parked)
    matching, listeners = Matching(filters), Listeners(filters, Credentials(projects.cipher), settings)
    files = FileEvents(database, matching, listeners, queued=dispatcher.queued)
    trigger_views = TriggerViews(
        database, projects, InstalledKernels(), filters, file_trouble=lambda: files.trouble,
        api_hosts=settings.api_call_hosts,
    )  # fmt: skip
    shown = ShownThings(database, projects, blobs, settings)
    triggers = Triggers(database, projects, filters, trigger_views, changed=events.forget_triggers)
    notify = notify_nobody if outboxes is None else partial(notify_people, outboxes.mails, settings)
    reaper = Reaper(LostSessions(database, settings), Retention(database, blobs, settings), blobs, settings)
    held = HeldSessions(database, filters, settings)
    wakes = Wakes(database, held, queued=dispatcher.queued)
    due: list[Due] = [held, wakes, PolicyTimes(database), InquiryTimes(database, settings, notify=notify)]
    chains = Chains(matching, settings.chain_max)
    due += [SessionEnds(database, chains, listeners), ArtifactArrivals(database, chains, listeners), trees]
    due.append(CalendarFiles(database, projects))
    due.append(FreshnessTimes(database, matching, listeners, settings))
    starters: dict[GroupKind, GroupStarter] = {
        "backfill": BackfillTurns(matching, listeners), "sweep": SweepTurns(tree),
    }  # fmt: skip
    progress = GroupProgress(database, starters, stopping=dispatcher.stopping, parked=parked)
    groups = SessionGroups(database, projects, progress)
    due.append(progress)
    timers = Timers(due, queued=dispatcher.queued)
    if is_watched:
        changes.on_change(meters.changed)
    changes.on_change(timers.changed)
    changes.on_change(dispatcher.changed)
    duties: list[LeaderDuty] = [reaper, dispatcher, timers]
    file_watcher = FileWatcher(files, poll=settings.file_poll)
    changes.on_change(file_watcher.changed)
    answers = InquiryAnswers(database, settings, queued=dispatcher.queued, notify=notify)
    codes = LinkCodes(key_file(settings))
    if outboxes is not None:
        mailers = [Mailer(outboxes.mails, "inquiries"), Mailer(outboxes.notifications, "notifications")]
        for mailer in mailers:
            changes.on_change(mailer.changed)
        # Not at the top: APScheduler is much to import for one that has no schedules.
        from notebook_automation.engine.scheduler import Scheduler

        scheduler = Scheduler(database, events, grace=settings.tick_grace)
        duties += [scheduler, *mailers, file_watcher]
        refresh_definitions(changes, events, scheduler.changed)
    inquiries = Inquiries(database, settings, notify=notify, notebook_of=shown.notebook_so_far)
    engine = LeaderElection(database, duties, seconds=settings.engine_lease)
    if telemetry is not None:
        watch(telemetry, database, meters, changes, engine)
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
        session_trees=trees,
        session_code=SessionCode(database, projects, sessions, settings),
        session_groups=groups,
        sweeps=Sweeps(projects, sessions, groups),
        backfills=Backfills(database, groups),
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
        api_logs=ApiLogs(database, AllSecrets(database, projects), settings, meters if is_watched else None),
        checkpoints=Checkpoints(database),
        forks=Forks(database, projects, blobs, Seal(key_file(settings)), queued=dispatcher.queued),
        forms=Forms(),
        notifications=notifications_of(settings, database, None, str) if outboxes is None else outboxes.notifications,
        notify_defaults=NotifyDefaults(database, filters),
        live_copies=LiveCopies(database, projects, blobs, Seal(key_file(settings)), settings),
        local_replays=LocalReplays(database, send_locally),
        steps=Steps(database),
        tasks=Tasks(projects, triggers, trigger_views, events, sessions),
        artifacts=Artifacts(database, projects, blobs, settings),
        meters=meters,
        manifests=Manifests(database, projects, triggers, trigger_views),
        changes=changes,
        responses=Responses(sessions, changes, projects.cipher),
        rate_limits=RateLimits(settings),
        leadership=engine,
        telemetry=telemetry,
        database_kind="sqlite" if database.is_sqlite else "postgresql",
    )
    return Server(services=services, database=database, engine=engine, prepare_database=prepare_database)


def refresh_definitions(
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

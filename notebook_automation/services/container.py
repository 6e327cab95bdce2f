"""The container of a server's services: what the API, and whoever else speaks for a caller, reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from notebook_automation.adapters.telemetry import Telemetry
from notebook_automation.ports import Leadership
from notebook_automation.settings import Settings

from .absences import Absences
from .api_logs import ApiLogs
from .artifacts import Artifacts
from .backfills import Backfills
from .changes import Changes
from .checkpoints import Checkpoints
from .event_history import EventHistory
from .events import Events
from .file_moves import FileMoves
from .forks import Forks
from .forms import Forms
from .inbox import Inbox
from .inquiries import Inquiries
from .inquiry_answers import InquiryAnswers
from .inquiry_links import InquiryLinks
from .inquiry_notebooks import InquiryNotebooks
from .inquiry_records import InquiryRecords
from .live_copies import LiveCopies
from .local_replays import LocalReplays
from .manifests import Manifests
from .meters import Meters
from .notifications import Notifications
from .notify_defaults import NotifyDefaults
from .project_policies import ProjectPolicies
from .projects import Projects
from .rate_limits import RateLimits
from .responses import Responses
from .rules import Rules
from .session_code import SessionCode
from .session_groups import SessionGroups
from .session_trees import SessionTrees
from .sessions import Sessions
from .shown import ShownThings
from .signals import Signals
from .steps import Steps
from .subscriptions import Subscriptions
from .sweeps import Sweeps
from .tasks import Tasks
from .trigger_views import TriggerViews
from .triggers import Triggers
from .waits import Waits
from .wakes import Wakes
from .why import WhyService


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """One server's services, wired; ``leadership`` says whether it runs the engine."""

    settings: Settings
    projects: Projects
    project_policies: ProjectPolicies
    triggers: Triggers
    rules: Rules
    backfills: Backfills
    trigger_views: TriggerViews
    file_moves: FileMoves
    events: Events
    event_history: EventHistory
    inbox: Inbox
    sessions: Sessions
    session_trees: SessionTrees
    session_code: SessionCode
    session_groups: SessionGroups
    sweeps: Sweeps
    waits: Waits
    subscriptions: Subscriptions
    signals: Signals
    wakes: Wakes
    why: WhyService
    inquiries: Inquiries
    inquiry_answers: InquiryAnswers
    inquiry_records: InquiryRecords
    inquiry_notebooks: InquiryNotebooks
    shown: ShownThings
    inquiry_links: InquiryLinks
    absences: Absences
    api_logs: ApiLogs
    checkpoints: Checkpoints
    forks: Forks
    forms: Forms
    live_copies: LiveCopies
    local_replays: LocalReplays
    steps: Steps
    tasks: Tasks
    artifacts: Artifacts
    manifests: Manifests
    meters: Meters
    notifications: Notifications
    notify_defaults: NotifyDefaults
    changes: Changes
    responses: Responses
    rate_limits: RateLimits
    leadership: Leadership
    telemetry: Telemetry | None
    database_kind: Literal["sqlite", "postgresql"]

"""What sends messages to people."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from sqlalchemy import Connection

from notebook_automation.adapters.cel import Filters
from notebook_automation.adapters.smtp import Smtp
from notebook_automation.domain.inquiries import Inquiry
from notebook_automation.services import notices
from notebook_automation.services.inquiry_mails import InquiryMails
from notebook_automation.services.notification_conditions import NotificationConditions
from notebook_automation.services.notification_reports import NotificationReports
from notebook_automation.services.notification_ways import NotificationWays
from notebook_automation.services.notifications import Notifications
from notebook_automation.settings import Settings
from notebook_automation.store.database import Database

from .foundations import blobs_of, projects_of


@dataclass(frozen=True, slots=True)
class Outboxes:
    """What sends messages to people."""

    mails: InquiryMails
    notifications: Notifications


def notifications_of(
    settings: Settings, database: Database, smtp: Smtp | None, base: Callable[[], str]
) -> Notifications:
    """Return what tells people of sessions; without ``smtp`` no e-mail is sent. ``base`` returns the server's URL."""
    ways = NotificationWays(database, projects_of(database, settings), settings, smtp)
    conditions = NotificationConditions(database, blobs_of(settings), Filters())
    reports = NotificationReports(database, blobs_of(settings))
    return Notifications(database, settings, ways, conditions, reports, lambda: f"{base()}lab")


def notify_people(
    mails: InquiryMails, settings: Settings, tx: Connection, inquiry: Inquiry, reason: str, people: Collection[str]
) -> None:
    """Tell ``people`` of ``inquiry`` by e-mail, and those who are asked in the panel, too."""
    mails.notify(tx, inquiry, reason, people)
    if reason.startswith("asked"):
        notices.people_asked(tx, inquiry, settings)

"""Builds a server."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

from notebook_automation.adapters.link_codes import LinkCodes
from notebook_automation.adapters.smtp import Smtp, server_of
from notebook_automation.engine.in_process_launcher import InProcessLauncher
from notebook_automation.engine.local_launcher import LocalLauncher
from notebook_automation.runner.runner import Runner
from notebook_automation.runner.warm_kernels import WarmKernels
from notebook_automation.services.claims import Claims
from notebook_automation.services.inquiry_mails import InquiryMails
from notebook_automation.services.link_issuing import LinkIssuer
from notebook_automation.settings import Settings
from notebook_automation.supervisor.in_process_runners import InProcessRunners
from notebook_automation.supervisor.supervisor import Supervisor

from .attempts import runner_of
from .foundations import key_file, open_database, prepare, projects_of
from .outboxes import Outboxes, notifications_of
from .server import Server, wired_server


def build_server(settings: Settings, *, api_url: str, public_base: Callable[[], str] | None = None) -> Server:
    """Return a server that is not started; ``api_url`` is where the kernels of its sessions reach it.

    ``public_base`` returns where others do, with a slash at its end. Raises Unavailable (``database_on_network``)
    rather than risk a database, Invalid (``smtp_url_invalid``).
    """
    database = open_database(settings)
    preparation = partial(prepare, database, settings)
    issuer = LinkIssuer(settings, LinkCodes(key_file(settings)))
    smtp = Smtp(server_of(settings.smtp_url)) if settings.smtp_url else None
    base = public_base or (lambda: api_url.removesuffix("notebook-automation/api/v1"))
    mails = InquiryMails(database, settings, issuer, smtp, base)
    outboxes = Outboxes(mails, notifications_of(settings, database, smtp, base))
    return wired_server(settings, database, LocalLauncher(settings, api_url=api_url), preparation, outboxes)


def build_single_process(
    settings: Settings, *, api_url: str, warm: Callable[[], Awaitable[WarmKernels]], committed: Callable[[], None]
) -> Server:
    """Return a server that runs its sessions in this process: nothing is kept ready for others.

    ``warm`` is awaited before a kernel is started, ``committed`` called after each commit. Raises Unavailable
    (``database_on_network``).
    """
    # Nobody would wake what has given its process up, nor look at a log: this one ends with its session.
    settings = replace(settings, park_after=0.0, api_log=False, metrics=False, otel=False)
    database = open_database(settings)
    database.on_commit(committed)

    def runner(begun: Callable[[], None], changed: Callable[[], None]) -> Runner:
        return runner_of(settings, database, api_url=api_url, begun=begun, changed=changed, warm=warm)

    claims = Claims(database, projects_of(database, settings), settings)
    launcher = InProcessLauncher(lambda notify: Supervisor(claims, settings, InProcessRunners(runner), notify))
    return wired_server(settings, database, launcher, database.create)

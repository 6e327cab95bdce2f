"""The server's state over REST."""

from __future__ import annotations

from datetime import datetime

from notebook_automation._version import __version__

from .models import status as models
from .requests import Request


async def shown(request: Request) -> models.Status:
    """Return what runs, what waits, what failed since this server's midnight, and whether the engine is here."""
    services = request.services
    midnight = datetime.now().astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
    counts = await services.sessions.counts(request.caller, midnight.timestamp())
    engine = services.engine
    return models.Status(
        version=__version__,
        engine=models.EngineStatus(active=engine.active, owner=engine.owner if engine.active else None),
        running=counts.running,
        queued=counts.queued,
        failed_today=counts.failed,
        database="sqlite" if services.database.is_sqlite else "postgresql",
        webhook_base=request.links.webhooks,
    )

"""The time zone of this machine, by its name in the IANA database."""

from __future__ import annotations

import zoneinfo

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.schedules.zones import zone_of

_UTC = frozenset({"Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "Etc/GMT", "GMT", "UCT", "Universal", "Zulu"})


def machine_zone() -> str:
    """Return the zone that the machine's clock shows, by ``TZ`` or the system; ``UTC`` where that has no name."""
    import tzlocal

    try:
        name = tzlocal.get_localzone_name()
        if not name or name in _UTC:
            return "UTC"
        zone_of(name)
    except (zoneinfo.ZoneInfoNotFoundError, Invalid, ValueError, OSError):
        return "UTC"
    return name

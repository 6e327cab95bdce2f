"""What the API asks of whoever hosts it: the Jupyter server extension, or a server inside this process."""

from __future__ import annotations

from typing import Protocol

from notebook_automation.services.container import Services


class Host(Protocol):
    """Gives the services once they run, and the addresses under which they are reached."""

    async def services(self) -> Services:
        """Return the services; raises Unavailable (``not_started``)."""

    def services_now(self) -> Services | None:
        """Return the services if they run at this moment."""

    def public_base(self) -> str:
        """Return the address under which others reach the server, with a slash at its end."""

    def forwarded_from(self, address: str) -> None:
        """Take note of the address by which a proxy says that it was called, with a slash at its end."""

"""The addresses that answers hold: webhook URLs, their `curl`, contents of artifacts."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from notebook_automation.domain.triggers import Trigger


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """``public`` is how others reach the server, ``base_url`` the path under which Jupyter serves; both end in /."""

    public: str
    base_url: str

    @property
    def webhooks(self) -> str:
        """What every webhook's URL begins with."""
        return f"{self.public}notebook-automation/webhooks/"

    @property
    def answers(self) -> str:
        """What the address of every signed link begins with."""
        return f"{self.public}notebook-automation/inquiries/answer/"

    @property
    def api(self) -> str:
        """The path of the REST API on this server, with a slash at its end."""
        return f"{self.base_url}notebook-automation/api/v1/"

    def webhook(self, trigger: Trigger) -> str | None:
        """Return a webhook's URL; None for other triggers."""
        return self.webhooks + trigger.slug if trigger.type == "webhook" and trigger.slug else None

    def curl(self, trigger: Trigger) -> str | None:
        """Return a line for a POSIX shell that calls a webhook."""
        url = self.webhook(trigger)
        if url is None:
            return None
        method = (trigger.event_type or "POST").upper()
        parts = urlsplit(url)
        through = ""
        if parts.scheme == "http+unix":
            through = f"--unix-socket {shlex.quote(unquote(parts.netloc))} "
            url = f"http://localhost{parts.path}"
        if method in ("GET", "HEAD"):
            return f"curl {through}{'-I ' if method == 'HEAD' else ''}{shlex.quote(url)}"
        return (
            f"curl {through}-X {shlex.quote(method)} -H 'Content-Type: application/json' -d '{{}}' {shlex.quote(url)}"
        )

    def content(self, artifact_id: str) -> str:
        """Return the path of an artifact's content on this server."""
        return f"{self.api}artifacts/{quote(artifact_id, safe='')}/content"

"""Whether the code of sessions reaches this server: looked at once when it starts, so that it is known beforehand."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from notebook_automation.sdk.transport import is_loopback, open_connection

_TIMEOUT_SECONDS = 10.0


def obstacle(api_url: str) -> str | None:
    """Return why nothing answers at our REST's address as a session calls it; None where something does.

    Blocks for as long as that takes. Plain HTTP to this machine itself is not tried: it can but work.
    """
    url = urlsplit(api_url)
    if url.scheme == "http" and is_loopback(url.hostname or ""):
        return None
    try:
        connection, before = open_connection(url, timeout=_TIMEOUT_SECONDS)
        try:
            connection.request("GET", f"{before}{url.path}/status")
            # Nobody is signed in here: a refusal is an answer.
            connection.getresponse()
        finally:
            connection.close()
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
    return None

"""A message by whatever Apprise reaches: sent in a process of its own, which reaches no private network."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import sys
from collections.abc import Collection
from pathlib import Path

from notebook_automation.domain.errors import AutomationError

from .web_posts import PostRefused, PostUncertain

_CHILD = Path(__file__).with_name("apprise_process.py")
_SECONDS = 60.0
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")


async def send(url: str, title: str, body: str, *, is_bad: bool, allowed: Collection[str] = ()) -> None:
    """Send a message to ``url``, as Apprise writes it. ``allowed`` are hosts that may be in a private network.

    Never tried again: Apprise does not tell whether what failed may have arrived. Raises PostRefused, PostUncertain.
    """
    if importlib.util.find_spec("apprise") is None:
        raise PostRefused("Apprise is not installed beside the server: pip install 'notebook-automation[apprise]'.")
    asked = {"url": url, "title": title, "body": body, "type": "failure" if is_bad else "info", "allowed": [*allowed]}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", str(_CHILD), stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.DEVNULL,
        env={name: os.environ[name] for name in _KEPT if name in os.environ}, start_new_session=True,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_SECONDS):
            out, _ = await process.communicate(json.dumps(asked).encode())
    except TimeoutError:
        raise PostUncertain("The service did not answer: whether it has the message is not known.") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    raise_for(out)


def raise_for(out: bytes) -> None:
    """Raise what the process has answered, unless the message was sent."""
    answers: dict[str, AutomationError | None] = {
        "sent": None,
        "unknown": PostRefused("Apprise knows no such URL, or not here: see https://github.com/caronc/apprise/wiki."),
        "private": PostRefused(
            "The URL leads into a private network: messages do not go there. Whoever runs the server can allow it by "
            "the setting notify_hosts."
        ),
    }
    error = answers.get(out.decode("utf-8", "replace").strip(), PostRefused("The service did not take the message."))
    if error is not None:
        raise error

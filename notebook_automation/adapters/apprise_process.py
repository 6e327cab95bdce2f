"""The process that sends one message by Apprise: reads it from stdin, and says in a word what became of it."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Collection
from ipaddress import ip_address
from pathlib import Path
from typing import Any

_LOCAL = frozenset({"dbus", "glib", "gio", "kde", "qt", "gnome", "macosx", "windows", "syslog", "rsyslog", "exec"})
"""What Apprise tells this machine, and no person elsewhere."""
refused: list[str] = []
"""Hosts that were asked for and lie in a private network."""


def guard(allowed: Collection[str], is_public: Any) -> None:
    """Let no socket of this process reach a private address, whatever library opens it."""
    looked_up, plain = socket.getaddrinfo, socket.socket

    def checked(host: str, port: Any, address: str) -> None:
        if host not in allowed and f"{host}:{port}" not in allowed and not is_public(address):
            refused.append(host)
            raise OSError("This address is in a private network.")

    names: dict[str, str] = {}

    def getaddrinfo(host: Any, port: Any, *more: Any, **named: Any) -> Any:
        text = host.decode() if isinstance(host, bytes) else str(host or "localhost")
        found = looked_up(host, port, *more, **named)
        for *_, address in found:
            names[str(address[0])] = text
            checked(text, port, str(address[0]))
        return found

    class Guarded(plain):  # type: ignore[misc, valid-type]
        def connect(self, address: Any) -> None:
            if self.family in (socket.AF_INET, socket.AF_INET6):
                host = str(address[0])
                try:
                    ip_address(host.partition("%")[0])
                except ValueError:
                    getaddrinfo(host, address[1])
                else:
                    checked(names.get(host, host), address[1], host)
            super().connect(address)

    socket.getaddrinfo = getaddrinfo
    socket.socket = Guarded  # type: ignore[misc]


def main() -> None:
    """Send what stdin says."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from notebook_automation.adapters.outbound import is_public

    asked = json.loads(sys.stdin.buffer.read())
    if asked["url"].partition("://")[0].strip().lower() in _LOCAL:
        sys.stdout.write("unknown")
        return
    guard(asked["allowed"], is_public)
    import apprise

    service = apprise.Apprise()
    if not service.add(asked["url"]):
        sys.stdout.write("unknown")
        return
    sent = service.notify(
        title=asked["title"], body=asked["body"], notify_type=asked["type"], body_format=apprise.NotifyFormat.TEXT
    )
    sys.stdout.write("sent" if sent else "private" if refused else "failed")


if __name__ == "__main__":
    main()

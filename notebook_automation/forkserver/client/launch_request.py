"""What a kernel manager's launch is for a fork server: the request, the descriptors."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from notebook_automation.forkserver.server.protocol import PORTS

from .kernel_recipe import kernel_arguments


def launch_request(
    manager: Any, command: Sequence[str], env: Mapping[str, str], bound: Mapping[str, int]
) -> dict[str, Any]:
    """The request for a kernel of this manager; see `server.kernel.run`. ``bound``: see `bound_ports`."""
    request: dict[str, Any] = {
        "argv": kernel_arguments(command),
        "command": command,
        "key": manager.session.key.decode(),
        "connection_file": os.path.realpath(manager.connection_file),
        "ends_at_error": bool(getattr(manager, "ends_at_error", False)),
        "connection_extra": {
            "kernel_name": manager.kernel_name,
            "jupyter_session": env.get("JPY_SESSION_NAME", ""),
        },
    }
    if bound:
        request["connection"] = {"transport": manager.transport, "ip": manager.ip, **bound}
    return request


def bound_ports(manager: Any) -> dict[str, int]:
    """The ports that a kernel before had, to be bound again at a restart; empty for the first."""
    return {port: getattr(manager, port) for port in PORTS if getattr(manager, port)}


def descriptor_of(stream: Any) -> int | None:
    """A number for what `subprocess` takes as a stream; None means the default of `Spawner.spawn`."""
    if stream is None or isinstance(stream, int):
        return _null() if stream == subprocess.DEVNULL else stream
    return int(stream.fileno())


@cache
def _null() -> int:
    """One descriptor of /dev/null for all kernels of this process."""
    return os.open(os.devnull, os.O_RDWR)

"""Warm processes: a fork server imports what is needed once and forks a clean child for each use.

`ForkServer` is the mechanism (any entry function, any interpreter), `Pool` keeps servers by what may differ
between them, `ForkServerProvisioner` makes Jupyter kernels of their children, and `SharedServer` lets other processes
ask for them. README.md says what is promised. Names are imported when first used, so that this package costs nothing to
who does not need it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .client.eligibility import why_not, why_not_here
    from .client.fork_server import ForkServer
    from .client.forked_process import ForkedProcess, ForkServerGone
    from .client.import_history import ImportHistory, imports_in
    from .client.kernel_recipe import kernel_hint, kernel_recipe, launch_environment, provisioner_settings, warm
    from .client.options import ForkOptions
    from .client.pool import Pool, default_pool
    from .client.provisioner import ForkServerProvisioner
    from .client.recipe import Recipe
    from .client.report import Report
    from .client.shared_server import SharedProvisioner, SharedServer
    from .server.orphans import adopt_orphans, end_orphans
    from .server.process_info import is_running
    from .server.protocol import MESSAGE_QUEUE_LIMIT, SetupOrders

__all__ = [
    "MESSAGE_QUEUE_LIMIT",
    "ForkOptions",
    "ForkServer",
    "ForkServerGone",
    "ForkServerProvisioner",
    "ForkedProcess",
    "ImportHistory",
    "Pool",
    "Recipe",
    "Report",
    "SetupOrders",
    "SharedProvisioner",
    "SharedServer",
    "adopt_orphans",
    "default_pool",
    "end_orphans",
    "imports_in",
    "is_running",
    "kernel_hint",
    "kernel_recipe",
    "launch_environment",
    "provisioner_settings",
    "warm",
    "why_not",
    "why_not_here",
]

_HOMES = {
    "MESSAGE_QUEUE_LIMIT": "server.protocol",
    "ForkOptions": "client.options",
    "ForkServer": "client.fork_server",
    "ForkServerGone": "client.forked_process",
    "ForkServerProvisioner": "client.provisioner",
    "ForkedProcess": "client.forked_process",
    "ImportHistory": "client.import_history",
    "Pool": "client.pool",
    "Recipe": "client.recipe",
    "Report": "client.report",
    "SetupOrders": "server.protocol",
    "SharedProvisioner": "client.shared_server",
    "SharedServer": "client.shared_server",
    "adopt_orphans": "server.orphans",
    "default_pool": "client.pool",
    "end_orphans": "server.orphans",
    "imports_in": "client.import_history",
    "is_running": "server.process_info",
    "kernel_hint": "client.kernel_recipe",
    "kernel_recipe": "client.kernel_recipe",
    "launch_environment": "client.kernel_recipe",
    "provisioner_settings": "client.kernel_recipe",
    "warm": "client.kernel_recipe",
    "why_not": "client.eligibility",
    "why_not_here": "client.eligibility",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(f".{home}", __name__), name)
    return found

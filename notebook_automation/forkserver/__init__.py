"""Warm processes: a fork server imports what is needed once and forks a clean child for each use.

`ForkServer` is the mechanism (any entry function, any interpreter), `Pool` keeps servers by what may differ
between them, and `ForkServerProvisioner` makes Jupyter kernels of their children. Names are imported when first
used, so that this package costs nothing to who does not need it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .client.eligibility import why_not
    from .client.forkserver import ForkServer
    from .client.kernels import provisioner_settings, warm
    from .client.learning import ImportHistory, imports_in
    from .client.options import ForkOptions
    from .client.pool import Pool, Recipe, default_pool
    from .client.process import ForkedProcess, ForkServerGone, Usage
    from .client.report import Report
    from .client.spawning import AttachedServer

__all__ = [
    "AttachedServer",
    "ForkOptions",
    "ForkServer",
    "ForkServerGone",
    "ForkedProcess",
    "ImportHistory",
    "Pool",
    "Recipe",
    "Report",
    "Usage",
    "default_pool",
    "imports_in",
    "provisioner_settings",
    "warm",
    "why_not",
]

_HOMES = {
    "AttachedServer": "spawning",
    "ForkOptions": "options",
    "ForkServer": "forkserver",
    "ForkServerGone": "process",
    "ForkedProcess": "process",
    "ImportHistory": "learning",
    "Pool": "pool",
    "Recipe": "pool",
    "Report": "report",
    "Usage": "process",
    "default_pool": "pool",
    "imports_in": "learning",
    "provisioner_settings": "kernels",
    "warm": "kernels",
    "why_not": "eligibility",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(name)
    return getattr(import_module(f".client.{home}", __name__), name)

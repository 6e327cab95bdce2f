"""Which kernels are installed on this machine."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jupyter_client.kernelspec import KernelSpecManager

_REMEMBERED = 2.0
"""Seconds: a list of triggers asks for each of them, and kernels are installed rarely."""


class InstalledKernels:
    """Looks for kernelspecs where a session's runner would; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._specs: KernelSpecManager | None = None
        self._names: tuple[float, frozenset[str]] | None = None

    def names(self) -> frozenset[str]:
        """Return the names of the installed kernels, in lower case as Jupyter compares them."""
        with self._lock:
            if self._names is None or time.monotonic() > self._names[0] + _REMEMBERED:
                self._names = (
                    time.monotonic(),
                    frozenset(name.lower() for name in self._manager().find_kernel_specs()),
                )
            return self._names[1]

    def _manager(self) -> KernelSpecManager:
        if self._specs is None:
            from jupyter_client.kernelspec import KernelSpecManager

            self._specs = KernelSpecManager()
        return self._specs

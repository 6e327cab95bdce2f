"""The kernels that are installed here, without IPython being imported to find out where its folder is."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_core.paths import jupyter_path
from traitlets import default


class _LightSpecs(KernelSpecManager):
    @default("kernel_dirs")
    def _kernel_dirs(self) -> list[str]:
        # jupyter_client asks IPython for its folder, which imports much; kernels are hardly ever in it.
        ipython = Path(os.environ.get("IPYTHONDIR") or "~/.ipython").expanduser()
        return [*jupyter_path("kernels"), str(ipython / "kernels")]


@cache
def kernel_specs() -> KernelSpecManager:
    """One for the process: it finds out once which folders may hold kernelspecs, and looks into them each time."""
    return _LightSpecs()

"""Whether this process may be forked to save its state: in any doubt it is saved in place."""

from __future__ import annotations

import os
import sys
import sysconfig
import threading
from collections.abc import Iterable

_UNFIT = {
    **dict.fromkeys(("polars", "lightgbm", "xgboost", "catboost", "onnxruntime"), "its threads are needed to save"),
    **dict.fromkeys(("torch", "tensorflow", "jax", "jaxlib", "vllm"), "it holds threads and devices"),
    **dict.fromkeys(("cupy", "cudf", "rmm", "pycuda", "pyopencl", "numba.cuda"), "it holds a GPU"),
    **dict.fromkeys(("grpc", "ray", "pyspark", "mpi4py"), "its connections do not stand a fork"),
    **dict.fromkeys(("gevent", "eventlet"), "it changes how threads and sockets work"),
}
"""Modules that a forked child cannot use or that a fork harms. Libraries with idle threads that pickling does not need
(BLAS, OpenMP of scikit-learn, pyarrow), and connections that nobody touches in the child, do no harm."""


def why_in_place(threads: Iterable[str]) -> str:
    """Return why the state is not to be saved by a forked child, '' where it may be.

    ``threads`` of the notebook's own that run may hold any lock, in words.
    """
    for reason in (_why_not_here(), *threads):
        if reason:
            return reason
    for module, reason in _UNFIT.items():
        if module in sys.modules:
            return f"{module} is loaded: {reason}"
    return ""


def _why_not_here() -> str:
    if sys.platform != "linux" or not hasattr(os, "pidfd_open") or not hasattr(os, "memfd_create"):
        return "processes are forked on Linux only"
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        return "this build of Python runs threads at the same time"
    if threading.current_thread() is not threading.main_thread():
        return "it is not the main thread that saves"
    return ""

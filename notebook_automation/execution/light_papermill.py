"""Keeps papermill light in a process that runs a session. It is imported before whatever imports that.

papermill imports `pyarrow`, and with it NumPy, for notebooks on HDFS, and does without where that is missing. A
session's notebook is in its folder. Whoever else asks for it gets it.
"""

from __future__ import annotations

import sys

from . import light_jsonschema  # noqa: F401  (nbformat comes with papermill)

if "pyarrow" not in sys.modules:
    sys.modules["pyarrow"] = None  # type: ignore[assignment]
    try:
        import papermill.iorw  # noqa: F401
    finally:
        del sys.modules["pyarrow"]

"""Keeps imports of other packages light in a process that runs a session. It is imported before those.

- `jsonschema`, which nbformat imports, builds a grammar for IRIs where an optional package is installed: more than a
  second, for formats that nobody checks here. It does without where that is missing, and so it does here.
- papermill imports `pyarrow`, and with it NumPy, for notebooks on HDFS, and does without where that is missing. A
  session's notebook is in its folder. Whoever else asks for it gets it.
"""

from __future__ import annotations

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
if "pyarrow" not in sys.modules:
    sys.modules["pyarrow"] = None  # type: ignore[assignment]
    try:
        import papermill.iorw  # noqa: F401
    finally:
        del sys.modules["pyarrow"]

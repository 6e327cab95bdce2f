"""Keeps `jsonschema` light in a process of ours. It is imported before whatever imports that, as nbformat does.

`jsonschema` builds a grammar for IRIs where an optional package is installed: more than a second, for formats that
nobody checks here. It does without where that is missing, and so it does here.
"""

from __future__ import annotations

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

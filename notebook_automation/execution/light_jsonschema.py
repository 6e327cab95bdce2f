"""Keeps `jsonschema` light in a process of ours. It is imported before whatever imports that, as nbformat does.

`jsonschema` loads what checks the rarer formats of texts (addresses, durations, colours) where it is installed; for
IRIs it builds a grammar, which takes more than a second. No notebook has any, and what people answer is checked in the
server; under `jupyter automation run` nobody answers. It does without where such a package is missing, and so it does
here.
"""

from __future__ import annotations

import sys

for _name in ("rfc3987_syntax", "rfc3986_validator", "isoduration", "webcolors"):
    sys.modules.setdefault(_name, None)  # type: ignore[arg-type]

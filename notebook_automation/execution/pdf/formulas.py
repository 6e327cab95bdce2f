"""Formulas in LaTeX as pictures; one that is not understood is shown as it is written."""

from __future__ import annotations

import re
from typing import Any

from .pictures import Pictures
from .texts import bounded, text

_SIZE = 10.5
"""Points: that of the text."""
_LONGEST = 2_000
_MOST = 300
_DELIMITERS = re.compile(r"^\s*(\$\$|\$|\\\[|\\\()?(?:\\displaystyle)?(.*?)(\$\$|\$|\\\]|\\\))?\s*$", re.DOTALL)
_BOX = re.compile(r'width="([\d.]+)" height="([\d.]+)" viewBox="[-\d.]+ ([-\d.]+) [\d.]+ ([\d.]+)"')


class Formulas:
    """Draws formulas into the folder of ``pictures``: ``_MOST`` of a report, then as they are written."""

    def __init__(self, pictures: Pictures) -> None:
        self._pictures = pictures
        self._drawn: dict[tuple[str, bool], dict[str, Any] | None] = {}

    def node(self, source: str, *, is_block: bool) -> dict[str, Any]:
        """Return the node of a formula, a line of its own or within one."""
        found = _DELIMITERS.match(source)
        written = (found[2] if found is not None else source).strip()
        key = (written, is_block)
        if key not in self._drawn and len(self._drawn) < _MOST and len(written) <= _LONGEST:
            self._drawn[key] = self._draw(written, is_block)
        drawn = self._drawn.get(key)
        if drawn is not None:
            return dict(drawn)
        shown = {"t": "code", "text": bounded(written, _LONGEST)}
        return {"t": "paragraph", "body": [shown]} if is_block else shown

    def _draw(self, written: str, is_block: bool) -> dict[str, Any] | None:
        try:
            from ziamath.zmath import Latex

            made: str = Latex(written, size=_SIZE * (1.1 if is_block else 1.0), inline=not is_block).svg()
        except Exception:  # noqa: BLE001 - whatever it stumbles over, the formula is shown as it is written
            return None
        box = _BOX.search(made)
        if box is None:
            return None
        wide, high, top, tall = (float(one) for one in box.groups())
        return {
            "t": "formula", "file": self._pictures.write(made.encode(), "svg"), "width": wide, "height": high,
            "depth": max(0.0, top + tall), "block": is_block, "alt": text(written[:300])["text"],
        }  # fmt: skip

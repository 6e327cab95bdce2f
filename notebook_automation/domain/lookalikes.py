"""Which file is probably meant by a path that leads to nothing any more."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import PurePosixPath

_ALIKE = 0.7


def lookalike(path: str, others: Iterable[str]) -> str | None:
    """Return the one of ``others`` (paths in the same project) that ``path`` has probably become.

    That is a file of its name in another folder, else one of a similar name, best beside it; None where none is alike.
    """
    gone = PurePosixPath(path)
    there = [PurePosixPath(other) for other in sorted(others) if other != path]
    same_name = [other for other in there if other.name == gone.name]
    if same_name:
        return str(same_name[0])
    matcher: difflib.SequenceMatcher[str] = difflib.SequenceMatcher()
    # What the second sequence is made of is worked out once.
    matcher.set_seq2(gone.stem.lower())
    best: tuple[tuple[float, bool], str] | None = None
    for other in there:
        if other.suffix != gone.suffix:
            continue
        matcher.set_seq1(other.stem.lower())
        # The first two are quick, and never less than the third.
        if min(matcher.real_quick_ratio(), matcher.quick_ratio()) < _ALIKE:
            continue
        rank = (matcher.ratio(), other.parent == gone.parent)
        if rank[0] >= _ALIKE and (best is None or rank > best[0]):
            best = (rank, str(other))
    return None if best is None else best[1]

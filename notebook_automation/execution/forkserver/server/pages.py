"""Copies, while a spare waits, the pages of memory that children before it have written.

After a fork both sides share their memory; the system copies a page when one of them first writes to it. That takes
about 3 µs, and thousands of times in a session somebody waits for. All children of one server have the same addresses:
what the last ones have written says which pages the next one will write.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import os
import re
from collections import Counter, deque
from collections.abc import Iterable

Runs = list[tuple[int, int]]
"""Ranges of page numbers, each as (first, the one after the last), in ascending order."""

REPORTS = 5
"""So many children's reports are known; a page that most of them name is copied ahead."""
EVERY = 20
"""When there are so many reports, one child in so many is asked for a new one."""
MOST_RUNS = 8_000
"""In one report; 16 bytes each."""
REPORT_SIZE = MOST_RUNS * 16
MOST_COPIED = 64 * 1024 * 1024
"""Bytes copied ahead at most: a spare holds them while it waits."""
MOST_LOOKED_AT = 2 * 1024 * 1024 * 1024
"""Bytes of memory that a report is made of at most: to look takes 40 ms."""

PAGE = os.sysconf("SC_PAGESIZE")
MADV_POPULATE_WRITE = 23
PRESENT_AND_OWN = 0x81
"""In the highest byte of a page's entry: it is in memory, and no other process has it."""
_OWN = bytes(flags & PRESENT_AND_OWN == PRESENT_AND_OWN for flags in range(256))
_LIBC = ctypes.CDLL(None, use_errno=True)
_LIBC.madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)


class PageHistory:
    """What the server knows of its children's pages."""

    def __init__(self) -> None:
        self.usual: Runs = []
        """Pages that most of the last children had written at their end."""
        self._reports: deque[Runs] = deque(maxlen=REPORTS)
        self._asked = 0

    def wants_report(self) -> bool:
        """Whether the next child is to report its pages at its end."""
        self._asked += 1
        return len(self._reports) < REPORTS or self._asked % EVERY == 0

    def add(self, report: bytes) -> None:
        """Take in what one child said; see `report`. What is no report is left out."""
        with contextlib.suppress(ValueError):
            numbers = array.array("Q", report)
            self._reports.append(list(zip(numbers[::2], numbers[1::2])))  # noqa: B905  (strict= is newer than the oldest Python)
            self.usual = covered(self._reports, len(self._reports) // 2 + 1)


def report(regions: Runs) -> bytes:
    """Say which pages of the regions this process has for itself. Raises OSError where the system does not tell."""
    numbers = array.array("Q")
    for run in own_pages(regions)[:MOST_RUNS]:
        numbers.extend(run)
    return numbers.tobytes()


def copy_ahead(usual: Runs, regions: Runs) -> int:
    """Get pages of one's own, within the regions; return how many. A system that cannot do it does nothing."""
    copied = 0
    for first, end in covered([usual, regions], 2):
        wanted = min(end - first, MOST_COPIED // PAGE - copied)
        if wanted <= 0 or _LIBC.madvise(first * PAGE, wanted * PAGE, MADV_POPULATE_WRITE):
            break
        copied += wanted
    return copied


def writable_regions() -> Runs:
    """The private memory of this process that it may write to. Raises OSError where the system does not tell."""
    regions = []
    with open("/proc/self/maps") as file:
        for line in file:
            place, mode, _ = line.split(" ", 2)
            if mode == "rw-p":
                first, _, end = place.partition("-")
                regions.append((int(first, 16) // PAGE, int(end, 16) // PAGE))
    return regions


def own_pages(regions: Runs) -> Runs:
    """Those pages of the regions that only this process has. Raises OSError where the system does not tell."""
    if sum(end - first for first, end in regions) * PAGE > MOST_LOOKED_AT:
        return []
    found = []
    with open("/proc/self/pagemap", "rb", buffering=0) as file:
        for first, end in regions:
            file.seek(first * 8)
            flags = file.read((end - first) * 8)[7::8]  # of each page's 8 bytes, the lowest first
            found += [(first + m.start(), first + m.end()) for m in re.finditer(b"\x01+", flags.translate(_OWN))]
    return found


def covered(lists: Iterable[Runs], times: int) -> Runs:
    """Pages that at least so many of the lists have."""
    steps: Counter[int] = Counter()
    for runs in lists:
        for first, end in runs:
            steps[first] += 1
            steps[end] -= 1
    found, depth, began = [], 0, 0
    for page in sorted(steps):
        before, depth = depth, depth + steps[page]
        if before < times <= depth:
            began = page
        elif depth < times <= before:
            found.append((began, page))
    return found

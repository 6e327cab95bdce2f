"""Copies, while a spare waits, the pages of memory that children before it have written.

After a fork both sides share their memory; the system copies a page when one of them first writes to it. That takes
about 3 µs, and thousands of times in a session somebody waits for. All children of one server have the same addresses:
what some of them had for themselves at their end says which pages the next one will write. Those that are asked for it
get none ahead: what they were given would look like what they have written.
"""

from __future__ import annotations

import array
import ctypes
import mmap
import os
import re
from collections import Counter, deque
from collections.abc import Iterable

Runs = list[tuple[int, int]]
"""Ranges of page numbers, each as (first, the one after the last), in ascending order."""

REPORTS = 5
"""So many children's last reports are kept. A page that one of them names is copied: the next child may be its like."""
ASKED_FIRST = 10
"""So many children are asked at most for the first reports: one that is killed gives none."""
EVERY = 20
"""Later one child in so many is asked."""
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
        self._reports: deque[bytes] = deque(maxlen=REPORTS)
        self._usual: Runs | None = None
        self._spares = 0
        self._off = not can_copy()

    def wants_report(self) -> bool:
        """Whether the next spare is to report its pages at its end; ask once for each."""
        self._spares += 1
        few = len(self._reports) < REPORTS and self._spares <= ASKED_FIRST
        return not self._off and (few or self._spares % EVERY == 0)

    def add(self, report: bytes) -> None:
        """Take in what one child has reported; see `report`. What is no report is left out."""
        if report and len(report) % 16 == 0 and not self._off:
            self._reports.append(report)
            self._usual = None

    def usual(self) -> Runs:
        """Pages that one of the children that reported last had for itself at its end."""
        if self._usual is None:
            self._usual = covered(map(_runs, self._reports), 1)
        return self._usual

    def stop(self) -> None:
        """Copy nothing ahead any more: memory does not suffice."""
        self._off, self._usual = True, []
        self._reports.clear()


def can_copy() -> bool:
    """Whether the system can do what this takes (Linux 5.14, with its /proc)."""
    page = mmap.mmap(-1, PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    refused = _LIBC.madvise(ctypes.addressof(ctypes.c_char.from_buffer(page)), PAGE, MADV_POPULATE_WRITE)
    return not refused and os.access("/proc/self/pagemap", os.R_OK)


def _runs(report: bytes) -> Runs:
    numbers = array.array("Q", report)
    return list(zip(numbers[::2], numbers[1::2]))  # noqa: B905  (strict= is newer than the oldest Python)


def report(regions: Runs) -> bytes:
    """Say which pages of the regions this process has for itself: never nothing, which would look like a line's end.

    Raises OSError where the system does not show it.
    """
    numbers = array.array("Q")
    for run in own_pages(regions)[:MOST_RUNS] or [(0, 0)]:
        numbers.extend(run)
    return numbers.tobytes()


def copy_ahead(usual: Runs, regions: Runs) -> int:
    """Have so many pages, within the regions, for oneself; return how many. What the system refuses is left out."""
    copied = 0
    for first, end in covered([usual, regions], 2):
        wanted = min(end - first, MOST_COPIED // PAGE - copied)
        if wanted <= 0:
            break
        if not _LIBC.madvise(first * PAGE, wanted * PAGE, MADV_POPULATE_WRITE):
            copied += wanted
    return copied


def writable_regions() -> Runs:
    """The private memory of this process that it may write to. Raises OSError where the system does not show it."""
    regions = []
    with open("/proc/self/maps", "rb") as file:  # paths are in any encoding
        for line in file:
            place, _, rest = line.partition(b" ")
            if rest.startswith(b"rw-p "):
                first, _, end = place.partition(b"-")
                regions.append((int(first, 16) // PAGE, int(end, 16) // PAGE))
    return regions


def own_pages(regions: Runs) -> Runs:
    """Those pages of the regions that only this process has. Raises OSError where the system does not show it."""
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

"""Memory that the fork server has filled and its children write to."""

from __future__ import annotations

import ctypes
import mmap

PAGE = mmap.PAGESIZE
MEMORY = mmap.mmap(-1, 1000 * PAGE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
MEMORY.madvise(mmap.MADV_NOHUGEPAGE)
for number in range(1000):
    MEMORY[number * PAGE] = 1
FIRST = ctypes.addressof(ctypes.c_char.from_buffer(MEMORY)) // PAGE

"""NumPy arrays: views stay views of the same memory, maps of files are opened again, dates cost no more than numbers.

NumPy is used where the notebook has imported it, and never imported here.
"""

from __future__ import annotations

import sys
from collections.abc import Container
from pickle import PickleBuffer
from typing import Any

from .errors import CannotSave
from .live import LIVE
from .trees import is_tree, reduced_part


class _Holder:
    """Holds something as a view holds its memory's owner."""

    def __init__(self, base: Any) -> None:
        self.base = base


def is_array(value: Any) -> bool:
    """Whether ``value`` is exactly a NumPy array."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and type(value) is numpy.ndarray


def reduced_array(array: Any, own: Container[int]) -> Any:
    """Return how an array is made again where it takes more than its bytes; NotImplemented where it does not.

    ``own`` has the ids of objects that are being saved: arrays in their memory are theirs. Raises CannotSave for memory
    that belongs to somebody else who may change it.
    """
    base = array.base
    if base is not None and not _is_alone(_references(array)):
        return _reduced_view(array, base, own)
    # Dates offer no buffer: saved element by element they take sixteen times as long.
    if array.dtype.kind in "mM" and array.size and (array.flags.c_contiguous or array.flags.f_contiguous):
        order = "C" if array.flags.c_contiguous else "F"
        return make_dates, (PickleBuffer(array.view("i8")), array.shape, array.dtype, order)
    return NotImplemented


def _references(view: Any) -> int:
    base = view.base
    return sys.getrefcount(base)


_ALONE = _references(_Holder(object()))
"""What is counted of an owner that only its view holds: calls hold it too, how often depends on the interpreter."""


def _is_alone(references: int) -> bool:
    return references <= _ALONE


def _reduced_view(array: Any, base: Any, own: Container[int]) -> Any:
    import numpy

    owner = base.obj if isinstance(base, memoryview) else base
    where = array.__array_interface__["data"][0]
    form = (array.shape, array.strides, array.dtype, array.flags.writeable)
    if isinstance(base, numpy.memmap):
        raise CannotSave("a view of a map of a file")
    if type(base) is numpy.ndarray:
        if array.dtype.hasobject and array.dtype != base.dtype:
            raise CannotSave("a view of an array of records with objects")
        if not (base.flags.c_contiguous or base.flags.f_contiguous):
            raise CannotSave("a view of an array that does not lie in one piece")
        return make_view, (base, where - base.__array_interface__["data"][0], *form)
    if isinstance(owner, bytearray):
        start = numpy.frombuffer(owner, "u1").__array_interface__["data"][0]
        return make_view, (owner, where - start, *form)
    if is_tree(owner):
        return reduced_part(array, owner)
    # Nobody changes it, or it is memory of a library's own that nothing else can name.
    if not array.flags.writeable or id(owner) in own or type(owner).__name__ == "PyCapsule":
        return NotImplemented
    raise CannotSave(f"an array in the memory of a {type(owner).__name__}")


def reduced_map(array: Any) -> Any:
    """Return how a map of a file is opened again. Raises CannotSave for one without a file, and for private changes."""
    filename = getattr(array, "filename", None)
    import numpy

    if filename is None or isinstance(array.base, numpy.memmap):
        raise CannotSave("a view of a map of a file")
    if array.mode == "c":
        raise CannotSave("a map of a file whose changes are nowhere but in memory (mode 'c')")
    if not (array.flags.c_contiguous or array.flags.f_contiguous):
        raise CannotSave("a map of a file that does not lie in one piece")
    array.flush()
    order = "C" if array.flags.c_contiguous else "F"
    return make_map, (str(filename), array.dtype, array.mode, array.offset, array.shape, order)


def make_view(
    base: Any, offset: int, shape: tuple[int, ...], strides: tuple[int, ...], dtype: Any, writeable: bool
) -> Any:
    """Return the array in the memory of ``base`` (an array or a bytearray) that begins at ``offset`` bytes."""
    import numpy

    lying = base.T if isinstance(base, numpy.ndarray) and not base.flags.c_contiguous else base
    if dtype.hasobject:
        first = lying.reshape(-1)[offset // dtype.itemsize :]
        view: Any = numpy.lib.stride_tricks.as_strided(first, shape, strides)
    else:
        view = numpy.ndarray(shape, dtype, buffer=lying, offset=offset, strides=strides)
    if not writeable:
        view.flags.writeable = False
    return view


def make_dates(numbers: Any, shape: tuple[int, ...], dtype: Any, order: Any) -> Any:
    """Return an array of dates or durations in the memory of its numbers."""
    import numpy

    return numpy.ndarray(shape, dtype, buffer=numbers, order=order)


def make_map(filename: str, dtype: Any, mode: str, offset: int, shape: tuple[int, ...], order: Any) -> Any:
    """Return the map of a file that is there."""
    import numpy

    # Opened with "w+" it would be made anew.
    opened = "r" if LIVE.rehearsing else "r+" if mode == "w+" else mode
    found: Any = numpy.memmap(filename, dtype, opened, offset, shape, order)  # type: ignore[call-overload]
    found.mode = mode
    return found

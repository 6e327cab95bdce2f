"""Pickles names of the notebook: definitions by reference to each other, memory and resources as they are."""

from __future__ import annotations

import io
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pickle import PickleBuffer
from typing import Any

import cloudpickle  # type: ignore[import-untyped]

from . import live
from .arrays import is_array, reduced_array, reduced_map
from .errors import CannotSave
from .frames import is_of_pandas, reduced_of_pandas
from .functions import contents_of, make_cell, reduced_code, reduced_function, set_cell
from .kinds import is_a
from .resources import reduced_resource
from .trees import is_tree, own_arrays

PROTOCOL = 5
_SMALL = 65_536
"""Bytes of memory that are not worth a file of their own."""

_SAYS_HOW = frozenset(
    ("__reduce__", "__reduce_ex__", "__getstate__", "__getnewargs__", "__getnewargs_ex__", "__getattr__",
     "__getattribute__")
)  # fmt: skip
"""Of a class: code that runs when an object of it is pickled."""


@dataclass(frozen=True, slots=True)
class Pickled:
    """What some names hold, as it was pickled: ``buffers`` are the memory that lies beside ``skeleton``.

    ``references`` are definitions of the notebook that it needs, and ``met`` every object that was met, by its id: the
    objects are held, so that no id is given to another meanwhile.
    """

    names: tuple[str, ...]
    skeleton: bytes
    buffers: tuple[memoryview, ...]
    references: frozenset[str]
    met: Mapping[int, tuple[int, Any]]

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.skeleton) + sum(buffer.nbytes for buffer in self.buffers)


def pickled(
    values: Mapping[str, Any],
    definitions: Mapping[int, str],
    namespace: Mapping[str, Any],
    ready: Mapping[int, Any] | None = None,
    alive: Callable[[], object] = lambda: None,
    own_code: Callable[[], object] = lambda: None,
) -> Pickled:
    """Pickle what names hold, together: what they share stays shared.

    ``definitions`` has the name of each function and class of the notebook by its id; ``ready`` how objects are made
    again that are not to be asked, by id, or the error that says why not; ``alive`` is called now and then,
    ``own_code`` before code of the notebook's classes is run. Raises whatever pickling raises, CannotSave with a
    reason where it is known.
    """
    file = _Skeleton(alive)
    buffers: list[PickleBuffer] = []
    pickler = _StatePickler(file, values, definitions, namespace, ready or {}, buffers, own_code)
    pickler.dump(dict(values))
    met = pickler.memo.copy()
    for number in pickler.referred:
        met.pop(number, None)
    if id(namespace) in met:
        raise CannotSave("it holds the notebook's globals()")
    return Pickled(
        names=tuple(sorted(values)),
        skeleton=file.getvalue(),
        buffers=tuple(map(_memory, buffers)),
        references=frozenset(pickler.references),
        met=met,
    )


class _Skeleton(io.BytesIO):
    """Is written to in frames of 64 KiB."""

    def __init__(self, alive: Callable[[], object]) -> None:
        super().__init__()
        self._alive = alive

    def write(self, data: Any) -> int:
        self._alive()
        return super().write(data)


def _attribute_of(value: Any, namespace: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the name of a class and the path below it where a function or class of the notebook is found, or None."""
    if not is_a(value, types.FunctionType | type) or getattr(value, "__module__", None) != "__main__":
        return None
    name, _, path = value.__qualname__.partition(".")
    found = namespace.get(name)
    for part in path.split(".") if path else ():
        found = getattr(found, part, None)
    return (name, path) if path and found is value else None


def _has_own_code(kind: type) -> bool:
    """Whether code of the notebook says how objects of this class are saved."""
    own = [vars(one).keys() for one in kind.__mro__ if one.__module__ == "__main__"]
    return any(not _SAYS_HOW.isdisjoint(names) for names in own)


class _StatePickler(cloudpickle.Pickler):  # type: ignore[misc]
    def __init__(
        self, file: io.BytesIO, own: Iterable[str], definitions: Mapping[int, str], namespace: Mapping[str, Any],
        ready: Mapping[int, Any], buffers: list[PickleBuffer], own_code: Callable[[], object],
    ) -> None:  # fmt: skip
        super().__init__(file, protocol=PROTOCOL, buffer_callback=self._is_small)
        self._buffers = buffers
        self._ready = ready
        self._own_code = own_code
        self.references: set[str] = set()
        self.referred: set[int] = set()
        self._own = frozenset(own)
        self._definitions = definitions
        self._namespace = namespace
        self._ordinary: set[type] = set()
        self._cells: set[int] = set()
        self._saved: set[int] = set()
        self._parts: dict[int, Any] = {}

    def reducer_override(self, obj: Any) -> Any:
        """Return how ``obj`` is made again; `pickle` asks for all but the plainest values."""
        name = self._definitions.get(id(obj))
        if name is not None and name not in self._own:
            self._refer(name, obj)
            return live.definition, (name,)
        self._saved.add(id(obj))
        if id(obj) in self._ready:
            return _given(self._ready[id(obj)])
        kind = type(obj)
        if kind in self._ordinary:
            return NotImplemented
        within = _attribute_of(obj, self._namespace)
        if within is not None and self._is_definition(within[0]) and within[0] not in self._own:
            self._refer(within[0], obj)
            return live.attribute, within
        return self._reduced(obj, kind)

    def _reduced(self, obj: Any, kind: type) -> Any:
        if kind is types.FunctionType:
            if obj.__globals__ is self._namespace and obj.__module__ == "__main__":
                self._cells.update(map(id, obj.__closure__ or ()))
                return reduced_function(obj)
            return super().reducer_override(obj)
        if kind is types.CodeType:
            return reduced_code(obj)
        if kind is types.CellType:
            # Those of functions are filled by their functions: otherwise one that names itself would never end.
            if id(obj) in self._cells:
                return make_cell, ()
            return make_cell, (), contents_of(obj), None, None, set_cell
        if is_array(obj):
            return NotImplemented if id(obj) in self._parts else reduced_array(obj, self._saved)
        if is_tree(obj):
            return self._reduced_tree(obj)
        if is_of_pandas(kind):
            reduced = reduced_of_pandas(obj)
            return super().reducer_override(obj) if reduced is None else reduced
        if kind.__name__ == "memmap" and kind.__module__.startswith("numpy"):
            return reduced_map(obj)
        resource = reduced_resource(obj)
        if resource is not None:
            return resource
        if not issubclass(kind, type):
            if _has_own_code(kind):
                self._own_code()
            # All that was asked above is asked of its type alone.
            self._ordinary.add(kind)
        return super().reducer_override(obj)

    def _is_small(self, buffer: PickleBuffer) -> bool:
        """Whether memory stays within the pickle: each file costs time."""
        try:
            if buffer.raw().nbytes <= _SMALL:
                return True
        except BufferError:
            pass  # it does not lie in one piece
        self._buffers.append(buffer)
        return False

    def _reduced_tree(self, tree: Any) -> Any:
        reduced = tree.__reduce__()
        self._parts |= {id(array): array for array in own_arrays(reduced)}
        return reduced

    def _is_definition(self, name: str) -> bool:
        return self._definitions.get(id(self._namespace.get(name))) == name

    def _refer(self, name: str, obj: Any) -> None:
        self.references.add(name)
        self.referred.add(id(obj))


def _given(found: Any) -> Any:
    if isinstance(found, Exception):
        raise found
    return found


def _memory(buffer: PickleBuffer) -> memoryview:
    try:
        return buffer.raw()
    except BufferError:
        return memoryview(bytes(memoryview(buffer)))

"""Saves the state of a notebook after a cell: what shares is saved together, what is new is written."""

from __future__ import annotations

import gc
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import sharing
from .blobs import BlobFolder
from .errors import CannotSave
from .kinds import is_a
from .lineage import Lineage
from .loaded_versions import LoadedVersions
from .manifest import Group, Manifest, Unsaved
from .names import Names, definitions
from .pickling import Pickled, pickled
from .places import is_of_module, is_output
from .process_state import ProcessState

NAMESPACE = "<namespace>"
"""Stands for the notebook's own namespace among modules: what ``globals()`` gave."""
_PLAIN = (str, bytes, int, float, complex, bool, type(None))
_LONGEST_REASON = 200


@dataclass(frozen=True, slots=True)
class Moment:
    """What is to be saved after cell number ``cell``: ``values`` by their names, `Names.values`.

    ``hindrances`` are sentences for the manifest; ``collecting``: the notebook has the garbage collector on.
    """

    cell: int
    values: Mapping[str, Any]
    hindrances: tuple[str, ...]
    collecting: bool
    ready: Mapping[int, Any] = field(default_factory=dict)
    """How objects are saved, by their ids, of which a forked child has a copy only: files, `prepared`."""


@dataclass(frozen=True, slots=True)
class Saved:
    """A checkpoint in the folder, and the bytes of each of its groups by their names."""

    manifest: Manifest
    sizes: Mapping[tuple[str, ...], int]


@dataclass(frozen=True, slots=True)
class Joined:
    """Names that were found to share: tried together at once while they hold the same objects (by their ids)."""

    groups: tuple[tuple[str, ...], ...] = ()
    objects: Mapping[str, int] = field(default_factory=dict)


@dataclass
class Saver:
    """Saves ``names`` of ``namespace`` into ``blobs``; what was joined once stays together while it is the same."""

    namespace: Mapping[str, Any]
    names: Names
    process: ProcessState
    lineage: Lineage
    blobs: BlobFolder

    alive: Callable[[], object] = lambda: None
    """Called from time to time while it saves."""
    own_code: Callable[[], object] = lambda: None
    """Called before it runs code of the notebook's classes."""

    def __post_init__(self) -> None:
        self.joined = Joined()
        self._ready: Mapping[int, Any] = {}
        self._versions = LoadedVersions()

    def save(self, moment: Moment) -> Saved:
        """Return the state of ``moment``, in the folder. Raises OSError."""
        # Of a million small objects that are made and kept for a moment, the collector would look at each again.
        gc.disable()
        try:
            return self._save(moment)
        finally:
            if moment.collecting:
                gc.enable()

    def forget(self) -> None:
        """Know of no earlier state: the names hold other objects now."""
        self.joined = Joined()

    def _save(self, moment: Moment) -> Saved:
        values: Mapping[str, Any] = moment.values
        modules = {name: value.__name__ for name, value in values.items() if is_a(value, types.ModuleType)}
        modules |= {name: NAMESPACE for name, value in values.items() if value is self.namespace}
        values = {name: value for name, value in values.items() if name not in modules}
        known = definitions(values)
        self._ready = moment.ready
        saved, reasons = self._pickled(values, known)
        groups, more = self._grouped(values, saved, known)
        reasons |= more
        state, problems = self.process.save(collecting=moment.collecting)
        process = pickled({"process": state}, {}, {})
        stored = self._stored([*groups, process])
        hooked, bound = self._hooked(values, groups, known)
        reasons |= bound
        unsaved = self._unsaved(values, reasons, saved, known)
        self.joined = Joined(
            tuple(group.names for group in groups if len(group.names) > 1),
            {name: id(value) for name, value in values.items()},
        )
        manifest = Manifest(
            cell=moment.cell,
            groups=tuple(stored[:-1]),
            process=stored[-1],
            modules=modules,
            unsaved=unsaved,
            made=self.lineage.made,
            definitions=tuple(sorted(known.values())),
            changed=tuple(sorted(self.names.changed)),
            cells=self.lineage.cells(unsaved),
            hooked=hooked,
            hindrances=(*moment.hindrances, *problems),
            versions=self._versions.now(),
        )
        return Saved(manifest, {group.names: group.size for group in groups})

    def _pickled(self, values: Mapping[str, Any], known: Mapping[int, str]) -> tuple[list[Pickled], dict[str, str]]:
        """Pickle all in as small parts as are known to be apart; return them, and why names are left out."""
        now = {name: id(value) for name, value in values.items()}
        together = [names for names in self.joined.groups if sharing.same_objects(names, self.joined.objects, now)]
        placed = {name for names in together for name in names}
        apart = {name: value for name, value in values.items() if name not in placed and id(value) not in known}
        together += sharing.seen_to_share(apart)
        placed = {name for names in together for name in names}
        plain = tuple(name for name, value in values.items() if type(value) in _PLAIN and name not in placed)
        single = [(name,) for name in values if name not in placed and name not in plain]
        saved: list[Pickled] = []
        reasons: dict[str, str] = {}
        todo = [*together, *single, *([plain] if plain else [])]
        while todo:
            names = todo.pop()
            try:
                saved.append(self._pickle(names, values, known))
            except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever an object's own code raises
                if len(names) > 1:
                    todo += [(name,) for name in names]
                else:
                    reasons[names[0]] = _reason(values[names[0]], error)
        return saved, reasons

    def _pickle(self, names: Iterable[str], values: Mapping[str, Any], known: Mapping[int, str]) -> Pickled:
        self.alive()
        return pickled(
            {name: values[name] for name in names}, known, self.namespace, self._ready, self.alive, self.own_code
        )

    def _grouped(
        self, values: Mapping[str, Any], saved: list[Pickled], known: Mapping[int, str]
    ) -> tuple[list[Pickled], dict[str, str]]:
        """Pickle those again together that share what may change."""
        by_names = {one.names: one for one in saved}
        groups: list[Pickled] = []
        reasons: dict[str, str] = {}
        for together in sharing.joined({one.names: one.met for one in saved}):
            if len(together) == 1:
                groups.append(by_names[together[0]])
                continue
            names = sorted({name for part in together for name in part})
            try:
                groups.append(self._pickle(names, values, known))
            except (Exception, SystemExit) as error:  # noqa: BLE001 - as above
                reasons |= {name: _reason(values[name], error) for name in names}
        return groups, reasons

    def _hooked(
        self, values: Mapping[str, Any], groups: list[Pickled], known: Mapping[int, str]
    ) -> tuple[tuple[str, ...], dict[str, str]]:
        """Return the classes that are told of their subclasses, and why those are left out that share with others."""
        hooked = {name for name in known.values() if _is_told_of_subclasses(values[name])}
        shared = [group.names for group in groups if len(group.names) > 1 and not hooked.isdisjoint(group.names)]
        reason = "a class that code of its own changes when a subclass is made"
        return tuple(sorted(hooked)), {name: reason for names in shared for name in names if name in hooked}

    def _unsaved(
        self, values: Mapping[str, Any], reasons: Mapping[str, str], saved: list[Pickled], known: Mapping[int, str]
    ) -> dict[str, Unsaved]:
        if not reasons:
            return {}
        holders = {number: one.names for one in saved for number in one.met}
        unsaved = {}
        for name, reason in reasons.items():
            if is_output(name):
                # What a cell has shown is a convenience: who asks for it again is told that it is gone.
                unsaved[name] = Unsaved(reason)
            elif is_of_module(name):
                unsaved[name] = self._of_module(name, reason)
            else:
                found = sharing.reachable(values[name], holders, namespace=self.namespace)
                shares = {one for names in found for one in names if not is_output(one)} - set(known.values())
                unsaved[name] = self.lineage.unsaved(name, values[name], reason, shares)
        return unsaved

    def _of_module(self, name: str, reason: str) -> Unsaved:
        if name in self.names.changed:
            return Unsaved(reason, (), "a cell has set it in a module that does not make it by itself")
        return Unsaved(reason)

    def _stored(self, groups: list[Pickled]) -> list[Group]:
        contents: list[bytes | memoryview] = []
        for one in groups:
            contents += [one.skeleton, *one.buffers]
        digests = iter(self.blobs.put_all(contents))
        return [
            Group(
                names=one.names,
                skeleton=next(digests),
                buffers=tuple(next(digests) for _ in one.buffers),
                readonly=tuple(number for number, buffer in enumerate(one.buffers) if buffer.readonly),
                needs=tuple(sorted(one.references)),
            )
            for one in groups
        ]


def _is_told_of_subclasses(value: Any) -> bool:
    if not is_a(value, type):
        return False
    own = vars(value)
    return "__init_subclass__" in own or (issubclass(value, type) and not {"__new__", "__init__"}.isdisjoint(own))


def _reason(value: Any, error: BaseException) -> str:
    if isinstance(error, CannotSave):
        return str(error)
    said = str(error).splitlines()[0][:_LONGEST_REASON] if str(error) else type(error).__name__
    return f"a {type(value).__name__} that cannot be saved: {said}"

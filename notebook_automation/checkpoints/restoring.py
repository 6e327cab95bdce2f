"""Brings a checkpoint's state back into a kernel: names, then what could not be saved, then the process around them."""

from __future__ import annotations

import gc
import importlib
import io
import pickle
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import Any

import cloudpickle.cloudpickle  # type: ignore[import-untyped]

from .blobs import BlobFolder
from .errors import NotResumable
from .live import LIVE
from .loaded_versions import LoadedVersions
from .manifest import Cell, Group, Manifest
from .names import Names
from .places import is_of_module
from .process_state import ProcessState
from .saving import NAMESPACE

_TRIES = 3


@dataclass
class Restorer:
    """Restores into ``shell``; ``names``, ``process`` and ``blobs`` as a `Saver` has them."""

    shell: Any
    names: Names
    process: ProcessState
    blobs: BlobFolder

    def restore(self, manifest: Manifest) -> None:
        """Make the state of a kernel that has run nothing that of ``manifest``.

        Raises NotResumable; if anything was done by then, the kernel is not to be used.
        """
        _refuse(manifest)
        LIVE.rehearsing = False
        self._restore_anew(manifest, manifest.cells)

    def rehearse(self, manifest: Manifest) -> None:
        """Do what `restore` does but run cells again, and open files for reading alone; the kernel is of no use then.

        Raises NotResumable.
        """
        _refuse(manifest)
        LIVE.rehearsing = True
        self._restore_anew(manifest, {})

    def go_back(self, manifest: Manifest, kept: Mapping[str, Any]) -> None:
        """Make the state of the kernel that saved ``manifest`` what it was then.

        ``kept`` has what the names held then that could not be saved: they hold it again, as it has become. Raises
        NotResumable: the kernel is not to be used then.
        """
        self._restore(manifest, kept, {}, apart_from=("counter",))

    def _restore_anew(self, manifest: Manifest, again: Mapping[int, Cell]) -> None:
        try:
            self._restore(manifest, {}, again)
        finally:
            # Most packages are loaded by what is restored. Where that failed, another version is why, and what to say.
            refuse_other_versions(manifest.versions)

    def _restore(
        self, manifest: Manifest, kept: Mapping[str, Any], again: Mapping[int, Cell], apart_from: tuple[str, ...] = ()
    ) -> None:
        collecting = gc.isenabled()
        # As in saving: what is made is kept, and the collector would look at all of it again and again.
        gc.disable()
        try:
            with self.blobs.reading_ahead(manifest.digests()):
                self._restore_quickly(manifest, kept, again, apart_from)
        except BaseException:
            # Also where the kernel is interrupted: the notebook's collector stays as it was.
            if collecting:
                gc.enable()
            raise

    def _restore_quickly(
        self, manifest: Manifest, kept: Mapping[str, Any], again: Mapping[int, Cell], apart_from: tuple[str, ...]
    ) -> None:
        state = pickle.loads(self.blobs.get(manifest.process.skeleton), buffers=self._buffers(manifest.process))
        self.names.take_over(set(manifest.changed))
        process = {name: value for name, value in state["process"].items() if name not in apart_from}
        self.process.restore(process, late=False)
        self._load(manifest)
        if again:
            kept = self._made_again(manifest)
            self._load(manifest)
        for name, value in kept.items():
            self.names.put(name, value)
        self.process.restore(process, late=True)

    def _load(self, manifest: Manifest) -> None:
        """Load every name from the blobs; what was there is gone."""
        _close_figures()
        self.names.clear()
        # A class that is known by its number would be the live one, with what it has become.
        cloudpickle.cloudpickle._DYNAMIC_CLASS_TRACKER_BY_ID.clear()
        cloudpickle.cloudpickle._DYNAMIC_CLASS_TRACKER_BY_CLASS.clear()
        LIVE.namespace = self.shell.user_ns
        for name, module in manifest.modules.items():
            self.names.put(name, self.shell.user_ns if module == NAMESPACE else _imported(module, name))
        loading = _Loading(manifest, self._loaded, self.names)
        LIVE.load = loading.definition
        loading.all()
        # Making their subclasses again has told them of these again: what they hold is set as it was.
        for group in manifest.groups:
            if not set(manifest.hooked).isdisjoint(group.names):
                self._loaded(group)
        for name, one in manifest.unsaved.items():
            if one.left:
                self.names.put(name, LeftBehind(name, one.reason))

    def _loaded(self, group: Group) -> dict[str, Any]:
        values: dict[str, Any] = pickle.loads(self.blobs.get(group.skeleton), buffers=self._buffers(group))
        return values

    def _buffers(self, group: Group) -> Iterable[bytes | bytearray]:
        return [
            self.blobs.get(digest, writable=number not in group.readonly) for number, digest in enumerate(group.buffers)
        ]

    def _made_again(self, manifest: Manifest) -> dict[str, Any]:
        """Run the cells that make what could not be saved; return what they made."""
        for number, cell in sorted(manifest.cells.items()):
            said = io.StringIO()
            with redirect_stdout(said), redirect_stderr(said):
                result = self.shell.run_cell(cell.source, store_history=False, silent=True)
            if not result.success:
                error = result.error_in_exec or result.error_before_exec
                raise NotResumable(
                    f"Cell {number} was run again for what could not be saved, and failed: "
                    f"{type(error).__name__}: {error}."
                )
        made: dict[str, Any] = {}
        for name, one in manifest.unsaved.items():
            if one.made_by:
                if name not in self.shell.user_ns:
                    raise NotResumable(
                        f"`{name}` could not be saved, and cell {one.made_by[-1]} did not make it again."
                    )
                made[name] = self.shell.user_ns[name]
        return made


class LeftBehind:
    """Stands for what a ``with`` statement had closed and no checkpoint could hold: whoever uses it is told."""

    def __init__(self, name: str, reason: str) -> None:
        self._name = name
        self._reason = reason

    def __repr__(self) -> str:
        return f"<`{self._name}` was not saved: {self._reason}>"

    def __getattr__(self, attribute: str) -> Any:
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        raise NotResumable(
            f"`{self._name}` was closed by its with statement, and could not be saved: it is {self._reason}. "
            "Make it again."
        )


class _Loading:
    """One restore's way through the groups: each is loaded once, when it is first needed."""

    def __init__(self, manifest: Manifest, load: Callable[[Group], dict[str, Any]], names: Names) -> None:
        self._load = load
        self._names = names
        self._by_name = {name: group for group in manifest.groups for name in group.names}
        self._values: dict[str, Any] = {}
        first = set(manifest.definitions)
        self._order = sorted(
            manifest.groups,
            key=lambda group: (
                first.isdisjoint(group.names),
                any(map(is_of_module, group.names)),
                min(manifest.made.get(name, 0) for name in group.names),
            ),
        )

    def all(self) -> None:
        """Load every group. One may need a name that comes later in a way that it does not say: it is tried again."""
        todo = list(self._order)
        for number in range(_TRIES):
            failed = []
            for group in todo:
                try:
                    self._group(group)
                except NotResumable:
                    raise
                except Exception as error:  # noqa: BLE001 - code of the notebook's own objects
                    failed.append((group, error))
            if not failed:
                return
            if number == _TRIES - 1:
                names, cause = failed[0][0].names[:5], failed[0][1]
                listed = ", ".join(f"`{name}`" for name in names)
                raise NotResumable(f"{listed} cannot be loaded again: {type(cause).__name__}: {cause}.") from cause
            todo = [group for group, _ in failed]

    def definition(self, name: str) -> Any:
        """Return what a definition's name holds. Raises LookupError."""
        if name not in self._values:
            self._group(self._by_name[name])
        return self._values[name]

    def _group(self, group: Group) -> None:
        if group.names[0] in self._values:
            return
        values = self._load(group)
        self._values |= values
        # At once: what is loaded later may look for it.
        for name, value in values.items():
            self._names.put(name, value)


def _refuse(manifest: Manifest) -> None:
    refuse_other_versions(manifest.versions)
    if manifest.obstacle:
        raise NotResumable(f"It cannot be resumed after cell {manifest.cell}: {manifest.obstacle}.")


def refuse_other_versions(then: Mapping[str, str]) -> None:
    """Raise NotResumable where the interpreter, or a package that was loaded, is of another minor version now."""
    now = LoadedVersions().now()
    other = [
        f"{name} {version} (now {now.get(name) or 'of no known version'})"
        for name, version in then.items()
        if name in sys.modules or name == "python"
        if _minor(now.get(name, "")) != _minor(version)
    ]
    if other:
        raise NotResumable(
            f"It was saved with {', '.join(other)}. Run the notebook from its start, or go back to them."
        )


def _minor(version: str) -> tuple[str, ...]:
    return tuple(version.split(".")[:2])


def _imported(module: str, name: str) -> Any:
    try:
        return importlib.import_module(module)
    except Exception as error:  # what a module does when it is imported can raise anything
        raise NotResumable(f"`{name}` is the module {module!r}, which cannot be imported here: {error}.") from error


def _close_figures() -> None:
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        pyplot.close("all")

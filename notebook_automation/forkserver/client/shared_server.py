"""A kernel's fork server that belongs to another process: how it is described, and the provisioner that asks it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from .eligibility import interpreter_of, load_environment, why_not
from .fork_server import ForkServer
from .kernel_recipe import IMPORT_ENVIRONMENT, launch_environment
from .provisioner import ForkServerProvisioner
from .report import Report
from .spawner import AttachedServer, Spawner


@dataclass(frozen=True, slots=True)
class SharedServer:
    """A ready fork server with what must be the same for a kernel to be forked from it."""

    python: tuple[str, ...]
    environment: tuple[tuple[str, str], ...]
    server: AttachedServer
    setup: Mapping[str, str] | None = None
    """Of a set-up that has run there: its ``identity`` and where its ``outputs`` are; None: nobody's code has."""

    @staticmethod
    def to_json(env: Mapping[str, str], server: ForkServer, setup: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return what `from_json` needs beside the descriptor of `ForkServer.control`; the server is ready."""
        assert server.report is not None
        return {
            "python": list(server.recipe.python),
            "environment": load_environment(env),
            "report": {**asdict(server.report), "milliseconds": {}},
            "setup": None if setup is None else dict(setup),
        }

    @classmethod
    def from_json(cls, description: Mapping[str, Any], control: int) -> SharedServer:
        """Take the descriptor ``control`` over."""
        return cls(
            tuple(description["python"]),
            tuple((name, value) for name, value in description["environment"]),
            AttachedServer(control, Report(**description["report"])),
            description.get("setup"),
        )


class SharedProvisioner(ForkServerProvisioner):
    """Forks the kernel from one of ``servers`` if any fits, else starts it plain; never starts a fork server.

    ``first``: folders that stand first in the kernel's ``PYTHONPATH`` and hold modules of its own.
    """

    def __init__(self, *, servers: Sequence[SharedServer], first: Sequence[str] = (), **traits: Any) -> None:
        super().__init__(first=first, **traits)
        self._servers = servers
        self.setup: Mapping[str, str] | None = None
        """The set-up that the kernel was forked after; None: all cells are to be run."""
        self.setup_reason = ""
        """Why the kernel was not forked after a set-up, where there was one for it."""

    async def _server_for(self, kwargs: Mapping[str, Any]) -> Spawner | None:
        env = launch_environment(self.kernel_spec, kwargs.get("env"))
        self.reasons = self._own_refusals(kwargs) or why_not(self.kernel_spec, env)
        if self.reasons:
            return None
        python = interpreter_of(self.kernel_spec.argv)
        common = without_folders(env, self._first)
        found = load_environment(common)
        self.reasons = ["no warm kernel of its interpreter and environment is ready"]
        for shared in self._servers:
            if shared.python != python or shared.environment != found or shared.server.retiring:
                continue
            if not shared.server.accepts({**IMPORT_ENVIRONMENT, **common}):
                self.reasons = ["its environment differs in variables that warm kernels have already read"]
                if shared.setup is not None:
                    self.setup_reason = "its environment differs in variables that the set-up has read"
                continue
            if shared.setup is not None:  # the project's own modules are loaded there
                self.reasons = []
                return shared.server
            hidden = hidden_module(shared.server.report, [*self._first, str(kwargs.get("cwd") or os.getcwd())])
            if hidden:
                self.reasons = [f"the project's own {hidden} would not be found: warm kernels have another one"]
                continue
            self.reasons = []
            return shared.server
        return None

    async def _launch_forked(self, server: Spawner, cmd: list[str], kwargs: dict[str, Any]) -> dict[str, Any]:
        connection = await super()._launch_forked(server, cmd, kwargs)
        self.setup = next((shared.setup for shared in self._servers if shared.server is server), None)
        return connection


def without_folders(env: Mapping[str, str], first: Sequence[str]) -> dict[str, str]:
    """Return ``env`` as it is for all kernels: without what only this one has at the head of its ``PYTHONPATH``."""
    folders = env.get("PYTHONPATH", "").split(os.pathsep)
    rest = folders[len(first) :] if folders[: len(first)] == list(first) else folders
    common = {name: value for name, value in env.items() if name != "PYTHONPATH"}
    if any(rest):
        common["PYTHONPATH"] = os.pathsep.join(rest)
    return common


def hidden_module(report: Report | None, folders: Sequence[str]) -> str:
    """Return the name of a module in ``folders`` that would be hidden by a loaded one of the same name, or ''."""
    loaded = frozenset(report.loaded if report is not None else ())
    for folder in dict.fromkeys(folders):
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in names:
            stem, _, kind = name.partition(".")
            if stem in loaded and _is_module(folder, name, kind):
                return name
    return ""


def _is_module(folder: str, name: str, kind: str) -> bool:
    if not kind:
        return os.path.isfile(os.path.join(folder, name, "__init__.py"))
    return kind == "py" or kind.endswith(("so", "pyd"))

"""A Jupyter kernel provisioner whose kernels are forked from a warm process, or start plain in any doubt."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from jupyter_client.provisioning.provisioner_base import KernelProvisionerBase
from jupyter_core.paths import jupyter_runtime_dir
from traitlets import Bool, Dict, Enum, Float, Integer, List, Unicode

from notebook_automation.forkserver.server.process_info import is_running
from notebook_automation.forkserver.server.protocol import PORTS

from .eligibility import why_not, why_not_launch
from .forked_process import ForkedProcess, ForkServerGone, Usage
from .kernel_recipe import IMPORT_ENVIRONMENT, kernel_hint, kernel_recipe, launch_environment
from .launch_request import bound_ports, descriptor_of, launch_request
from .options import ForkOptions
from .pool import Pool, default_pool
from .recipe import Recipe
from .spawner import Spawner

MOMENT_SECONDS = 0.5
"""A kernel without children or exit functions ends within 0.03 s of being asked."""
MAX_FORKS = 2
"""Fork servers tried for one kernel: one may end just when it is asked."""


class ForkServerProvisioner(LocalProvisioner):
    """Select it by the kernelspec's metadata, or for all kernels by
    `KernelProvisionerFactory.default_provisioner_name = "notebook-automation"`.

    `how` says what became of the last launch, "forked" or "plain", and `reasons` why it was plain. A restarted
    kernel is bound to the addresses it had.
    """

    enabled = Bool(True, help="False: always start plain kernels.").tag(config=True)
    preload = List(Unicode(), help="Modules that kernels find imported.").tag(config=True)
    wait_ready = Bool(False, help="Wait for a fork server that still imports; else start plain.").tag(config=True)
    wait_seconds = Float(60.0, help="How long to wait for it, and for a kernel to be bound.").tag(config=True)
    spares = Integer(1, help="Kernels forked and prepared ahead, per fork server.").tag(config=True)
    memory_limit = Integer(
        ForkOptions.memory_limit, help="Bytes that one fork server and its spares may hold; 0: no limit."
    ).tag(config=True)
    idle_seconds = Float(
        ForkOptions.idle_seconds, help="After so long without a start all is given back; 0: never."
    ).tag(config=True)
    refill_seconds = Float(
        ForkOptions.refill_seconds,
        help="The next spare is made when no kernel runs, or so long after the last was used.",
    ).tag(config=True)
    transport = Enum(
        ["ipc", "tcp"], "ipc", help="How clients reach the kernel: sockets in a private folder, or ports."
    ).tag(config=True)
    rlimits = Dict(help='Limits of the kernel process: {"RLIMIT_AS": [soft, hard]}.').tag(config=True)

    process: Any
    how: str | None = None
    kernel_info: Mapping[str, Any] | None = None
    """What a forked kernel would reply to that request; it need not be asked then."""
    stays_stopped = False
    """Whether after an error the kernel drops every request, those included that have not arrived yet."""
    usage: Usage | None = None
    """What the last forked kernel has used, after its end."""
    loaded: Sequence[str] = ()
    """Modules that it had to load itself, beside those of packages that were not loaded ahead; after its end."""

    def __init__(self, *, pool: Pool | None = None, first: Sequence[str] = (), **traits: Any) -> None:
        """`pool`: in place of this process's own. `first`: folders that a forked kernel searches for modules first."""
        super().__init__(**traits)
        self.reasons: list[str] = []
        self._pool = pool
        self._server: Spawner | None = None
        self._asked: dict[str, Any] = {}
        self._plainly_prepared = False
        self._first = list(first)

    # -- start -------------------------------------------------------------------------------------------

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        self._asked = dict(kwargs)
        self._plainly_prepared = False
        self._server = await self._server_for(kwargs)
        if self._server is None:
            return await self._plain_pre_launch(kwargs)
        manager: Any = self.parent
        extra = kwargs.pop("extra_arguments", [])
        if not manager.session.key:
            manager.session.key = os.urandom(32).hex().encode()
        if not manager.connection_file:
            folder = jupyter_runtime_dir()
            os.makedirs(folder, mode=0o700, exist_ok=True)
            manager.connection_file = os.path.join(folder, f"kernel-{self.kernel_id}.json")
        command = manager.format_kernel_cmd(extra_arguments=extra)
        return await KernelProvisionerBase.pre_launch(self, cmd=command, **kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        for _ in range(MAX_FORKS):
            if self._server is None:
                break
            try:
                return await self._launch_forked(self._server, cmd, kwargs)
            except ForkServerGone as error:
                self.log.warning("Fork server: %s", error)
                reasons = [str(error)]
                self._server = await self._server_for(self._asked) if self._server.retiring else None
                if self._server is None:
                    self.reasons = self.reasons or reasons
        if not self._plainly_prepared:
            kwargs = await self._plain_pre_launch(self._asked)
            cmd = kwargs.pop("cmd")
        self.how, self.kernel_info, self.stays_stopped = "plain", None, False
        return await super().launch_kernel(cmd, **kwargs)

    async def _plain_pre_launch(self, kwargs: dict[str, Any]) -> dict[str, Any]:
        manager: Any = self.parent
        self._plainly_prepared = True
        if manager is not None and manager.transport == "ipc" and manager.shell_port:
            os.makedirs(os.path.dirname(manager.ip), mode=0o700, exist_ok=True)  # a restart, there again
        return await super().pre_launch(**kwargs)

    async def _server_for(self, kwargs: Mapping[str, Any]) -> Spawner | None:
        """A server ready to fork this kernel; else None, and `reasons` says why."""
        env = launch_environment(self.kernel_spec, kwargs.get("env"))
        self.reasons = self._own_refusals(kwargs) or why_not(self.kernel_spec, env)
        if self.reasons:
            return None
        pool = self._pool or default_pool()
        recipe = self.recipe()
        command = [*self.kernel_spec.argv, *kwargs.get("extra_arguments", [])]
        hint = kernel_hint(command, self.transport)
        for _ in range(2):  # what the imports look up in the environment is known only when they have run
            server = pool.get(recipe, env, hint)
            if server is None:
                break
            if not server.is_ready and self.wait_ready:
                try:
                    await server.ready(self.wait_seconds)
                except (ForkServerGone, TimeoutError) as error:
                    self.reasons = [str(error) or "the fork server did not become ready in time"]
                    return None
            if not server.is_ready:
                self.reasons = ["the fork server is still importing"]
                return None
            if server.accepts({**IMPORT_ENVIRONMENT, **env}):
                return server
        self.reasons = pool.reasons(recipe, env) or ["no fork server for this environment"]
        return None

    def _own_refusals(self, kwargs: Mapping[str, Any]) -> list[str]:
        if not self.enabled:
            return ["switched off by ForkServerProvisioner.enabled"]
        return why_not_launch(self.parent, kwargs)

    def recipe(self) -> Recipe:
        """What the fork server of this kernel is made of."""
        options = ForkOptions(
            spares=self.spares,
            memory_limit=self.memory_limit,
            idle_seconds=self.idle_seconds,
            refill_seconds=self.refill_seconds,
        )
        return kernel_recipe(self.kernel_spec, self.preload, options)

    async def _launch_forked(self, server: Spawner, cmd: list[str], kwargs: dict[str, Any]) -> dict[str, Any]:
        manager: Any = self.parent
        bound = bound_ports(manager)
        process = await server.spawn(
            launch_request(manager, cmd, kwargs["env"], bound),
            stdout=descriptor_of(kwargs.get("stdout")),
            stderr=descriptor_of(kwargs.get("stderr")),
            stdin=descriptor_of(kwargs.get("stdin")),
            cwd=str(kwargs.get("cwd") or os.getcwd()),
            env=kwargs["env"],
            path=self._first,
            hint=kernel_hint(cmd, self.transport),
            use_spare=not bound,
            rlimits=self.rlimits,
        )
        # A client that connects before the kernel is bound is refused and tries again only 100 ms later.
        started = await process.received("bound", self.wait_seconds)
        if started is None:
            failed = await process.received("failed", 0)
            reason = failed["failed"] if failed else f"exit code {process.poll()}"
            process.close()
            raise ForkServerGone(f"the forked kernel was not bound: {reason}")
        self.process = process
        self.pid = self.pgid = process.pid
        self.cwd = kwargs.get("cwd") or Path.cwd()
        self.how = "forked"
        self.kernel_info, self.stays_stopped = started.get("kernel_info"), started["stays_stopped"]
        return self._load(dict(started["bound"]))

    def _load(self, connection: dict[str, Any]) -> dict[str, Any]:
        """Give the manager the addresses the kernel has chosen; the kernel itself has written the file."""
        manager: Any = self.parent
        connection["key"] = connection["key"].encode()
        for port in PORTS:
            setattr(manager, port, 0)
        manager.load_connection_info(connection)
        manager.cache_ports = False  # a plain restart keeps these addresses as well
        manager._connection_file_written = True
        self.connection_info = connection  # type: ignore[assignment]  # the ports are there
        return connection

    # -- end ---------------------------------------------------------------------------------------------

    async def send_signal(self, signum: int) -> None:
        if isinstance(self.process, ForkedProcess):
            self.process.signal_group(signum)
        else:
            await super().send_signal(signum)

    async def shutdown_requested(self, restart: bool = False) -> None:
        """Wait a moment for the end here: the manager would look only every 100 ms."""
        if isinstance(self.process, ForkedProcess):
            await self.process.exited(MOMENT_SECONDS)

    async def all_sent(self) -> None:
        """Return when a forked kernel has run its last code and sent its last message, at its end at the latest."""
        if isinstance(self.process, ForkedProcess):
            await self.process.received("loaded")

    async def kill(self, restart: bool = False) -> None:
        await super().kill(restart)
        if isinstance(self.process, ForkedProcess):
            await self.process.exited(5.0)

    async def poll(self) -> int | None:
        process = self.process
        if isinstance(process, ForkedProcess) and process.poll() is None and not is_running(process.pid):
            await process.exited(1.0)  # its end is on the way: the code is known in a moment
        return await super().poll()

    async def wait(self) -> int | None:
        process = self.process
        if not isinstance(process, ForkedProcess):
            return await super().wait()
        await process.exited()
        self.usage = process.usage
        self.loaded = next((m["loaded"] for m in process.messages if "loaded" in m), ())
        self.process = None
        return process.returncode

    async def cleanup(self, restart: bool = False) -> None:
        await super().cleanup(restart)
        manager: Any = self.parent
        if not restart and manager is not None and manager.transport == "ipc":
            with contextlib.suppress(OSError):  # the fork server has removed it, unless this was a restart
                os.rmdir(os.path.dirname(manager.ip))

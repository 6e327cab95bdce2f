"""papermill's engine interface: `papermill --engine notebook-automation`, the same results in less time."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Coroutine, Mapping
from typing import Any, TextIO

from jupyter_client.manager import AsyncKernelManager, KernelManager
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from papermill.engines import Engine, NBClientEngine, NotebookExecutionManager
from papermill.log import logger

from .incremental_execution import IncrementalExecutionManager, SavingObserver
from .kernels import LightKernelManager
from .outputs import CellOutputs, OutputLimit
from .run import NotebookRun
from .run_observer import NoObserver, Observers, RunObserver
from .run_options import DEFAULT_AHEAD, RunOptions

ENGINE_NAME = "notebook-automation"

# nbclient's traits that belong to its own loop: whoever sets one gets that loop
_NBCLIENT_ONLY = frozenset(
    {
        "coalesce_streams",
        "error_on_timeout",
        "interrupt_on_timeout",
        "km",
        "on_cell_complete",
        "on_cell_error",
        "on_cell_execute",
        "on_cell_executed",
        "on_cell_start",
        "on_notebook_complete",
        "on_notebook_error",
        "on_notebook_start",
    }
)
_SET_HERE = frozenset({"kernel_name", "log", "startup_timeout", "shutdown_kernel", "kernel_manager_class"})


class AutomationEngine(Engine):  # type: ignore[misc]
    """papermill's own engine, with our client loop and writer behind it.

    Takes what papermill's engine takes, and besides: ``observer`` (`RunObserver`), ``kernel_manager`` (started or not;
    used instead of an own one), ``env`` (the kernel's whole environment), ``ahead``, ``output_limit``
    (`OutputLimit`). With an option that only nbclient's loop has (its hooks, ``coalesce_streams`` …), or a
    ``kernel_manager_class`` with a client of its own (over a gateway, say), papermill's own engine runs the notebook.
    """

    @classmethod
    def execute_notebook(
        cls,
        nb: NotebookNode,
        kernel_name: str,
        output_path: str | None = None,
        progress_bar: bool | dict[str, Any] = True,
        log_output: bool = False,
        autosave_cell_every: int = 30,
        **options: Any,
    ) -> NotebookNode:
        nb_man = IncrementalExecutionManager(
            nb,
            output_path=output_path,
            progress_bar=progress_bar,
            log_output=log_output,
            autosave_cell_every=autosave_cell_every,
        )
        nb_man.notebook_start()
        try:
            cls.execute_managed_notebook(nb_man, kernel_name, log_output=log_output, **options)
        finally:
            nb_man.cleanup_pbar()
            nb_man.notebook_complete()
        return nb_man.nb

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        log_output: bool = False,
        stdout_file: TextIO | None = None,
        stderr_file: TextIO | None = None,
        start_timeout: int = 60,
        execution_timeout: int | None = None,
        observer: RunObserver | None = None,
        kernel_manager: KernelManager | None = None,
        env: Mapping[str, str] | None = None,
        ahead: int = DEFAULT_AHEAD,
        output_limit: OutputLimit | None = None,
        **options: Any,
    ) -> None:
        if _NBCLIENT_ONLY & options.keys() or _has_own_client(options.get("kernel_manager_class", LightKernelManager)):
            NBClientEngine.execute_managed_notebook(
                nb_man,
                kernel_name,
                log_output=log_output,
                stdout_file=stdout_file,
                stderr_file=stderr_file,
                start_timeout=start_timeout,
                execution_timeout=execution_timeout,
                **options,
            )
            return
        manager = kernel_manager or options.get("kernel_manager_class", LightKernelManager)(kernel_name=kernel_name)
        options["timeout"] = execution_timeout or options.get("timeout")
        known = CellOutputs.class_trait_names()
        log = _OutputLog(log_output, stdout_file, stderr_file)
        run = NotebookRun(
            nb_man.nb,
            manager,
            observer=Observers(*([log] if log.listens else []), *([observer] if observer is not None else [])),
            options=RunOptions(
                ahead=ahead,
                output_limit=output_limit or OutputLimit(),
                observe_dropped=log.listens,
                startup_timeout=start_timeout,
                env=env,
                graceful=options.get("shutdown_kernel", "graceful") == "graceful",
                keep_kernel=kernel_manager is not None,
                traits={"log": logger, **{k: v for k, v in options.items() if k in known and k not in _SET_HERE}},
            ),
        )
        run.observe_first(SavingObserver(nb_man, run.outputs.settle, mark_stopped=False))
        logger.info(f"Executing notebook with kernel: {kernel_name}")
        try:
            run_to_end(run.run())
        except CellExecutionError:
            return  # the cell is marked; papermill raises for it when the notebook is saved


def _has_own_client(manager_class: type[KernelManager]) -> bool:
    return manager_class.client not in (KernelManager.client, AsyncKernelManager.client)


class _OutputLog(NoObserver):
    """Outputs to papermill's logger and to its stdout and stderr files, as its own client does."""

    def __init__(self, log_output: bool, stdout: TextIO | None, stderr: TextIO | None) -> None:
        self._log = log_output
        self._files = {"stdout": stdout, "stderr": stderr}
        self._log_with = {"stdout": logger.info, "stderr": logger.warning}
        self.listens = bool(log_output or stdout or stderr)

    def output(self, index: int, cell: NotebookNode, output: NotebookNode) -> None:
        if output.output_type == "stream":
            if output.name not in self._files:
                return
            if self._log:
                self._log_with[output.name](output.text)
            file = self._files[output.name]
            if file:
                file.write(output.text)
                file.flush()
        elif self._log and "text/plain" in output.get("data", {}):
            self._log_with["stdout"]("".join(output.data["text/plain"]))


def run_to_end(work: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine from plain code, also where an event loop is running (papermill called in a notebook)."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    outcome: list[Any] = []
    failure: list[BaseException] = []

    def body() -> None:
        try:
            outcome.append(asyncio.run(work))
        except BaseException as error:  # noqa: BLE001 - handed to the caller's thread
            failure.append(error)

    thread = threading.Thread(target=contextvars.copy_context().run, args=(body,), name="notebook-run")
    thread.start()
    thread.join()
    if failure:
        raise failure[0]
    return outcome[0]

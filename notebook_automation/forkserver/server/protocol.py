"""What both sides of a fork server agree on: its orders, the packets between them, the entry of a kernel.

Three lines, each of packets (SOCK_SEQPACKET) that hold one JSON object:

- The control line, one for a server. From the client: first an empty object with a descriptor to read `ServerOptions`
  from; then ``{"hint", "spare"}`` with the descriptors of one request, or ``{"retire": true}``. From the server:
  ``{"importing": module}`` before each import, ``{"report": …}`` once, then ``{"note": text}``,
  ``{"retiring": reason}`` and ``{"ended": reason}``.
- The lease, one for a child, made by the client and sent along with the request. From the server ``{"pid", "spare"}``,
  at the end ``{"exit", "usage"}``, or ``{"error": text}`` in place of both; from the child itself
  ``{"message": {…}}``. When the client closes its end, nobody waits for the child any more.
- The server's own line to a spare, which is no matter of the client's.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

REQUEST_SIZE = 1 << 16
"""Bytes of the longest packet to the server; a request's body comes in a descriptor of its own."""
MESSAGE_SIZE = 1 << 20
"""Bytes of the longest packet to the client."""
REQUEST_FDS = 5
"""Descriptors that come with a request: its body, stdin, stdout, stderr, the lease."""
MAX_REQUEST_FDS = REQUEST_FDS + 16
"""And so many that the client adds for the entry function's own use."""

KERNEL_BEFORE_FORKS = ".kernel_app:find_module_files"
KERNEL_PREPARE = ".kernel:prepare"
KERNEL_ENTRY = ".kernel:run"
KERNEL_CORE = (
    "notebook_automation_forkserver.kernel",
    "ipykernel.kernelapp",
    "ipykernel.ipkernel",
    "ipykernel.zmqshell",
    "ipykernel.debugger",
    "ipykernel.iostream",
    "ipykernel.displayhook",
    "ipykernel.comm.manager",
    "IPython.core.history",
    "IPython.core.logger",
    "IPython.core.magics",
    "IPython.core.completer",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.oinspect",
    "IPython.core.pylabtools",
    "IPython.core.payloadpage",
    "IPython.core.profileapp",
    "IPython.core.async_helpers",
    "IPython.core.formatters",
    "IPython.extensions.storemagic",
    "IPython.utils.wildcard",
    "tornado.platform.asyncio",
    "asyncio",
    "sqlite3",
    "zmq.utils.garbage",
    "pdb",
    "faulthandler",
    "concurrent.futures.thread",
    "multiprocessing.process",
    "psutil",
    "resource",
    "random",
)
"""What a kernel imports by itself before its first cell."""
PORTS = ("shell_port", "iopub_port", "stdin_port", "control_port", "hb_port")
MESSAGE_QUEUE_LIMIT = 100_000
"""Messages kept for a client that does not get to read them; ZeroMQ drops the rest, by itself from the 1,000th on."""

UNSAFE_MODULES = frozenset(
    [
        "cupy",
        "cudf",
        "rmm",
        "pycuda",
        "jax",
        "jaxlib",
        "tensorflow",
        "grpc",
        "ray",
        "pyspark",
        "mpi4py",
        "vllm",
        "psycopg",
        "psycopg2",
        "oracledb",
        "gevent",
        "eventlet",
    ]
)
"""Modules whose native state no audit sees (GPUs, RPC and database connections), or that change how threads
and sockets work; never loaded before a fork."""


@dataclass
class SetupOrders:
    """Cells to run once before the first fork, and whose they are; see `setup.run_setup`."""

    cells: list[dict[str, Any]]
    """Each {"index": in its notebook, "source", "may_fail": whether an error is no reason to give up}."""
    notebook: str
    """Path of the notebook that the cells are from."""
    cwd: str
    folders: list[str]
    """Searched for modules first; children search their own in place of them."""
    argv: list[str]
    """Arguments of the kernel, without its connection file."""
    outputs: str
    """The file to write: {"cells": {index: messages}, "ran_at": epoch seconds, "seconds"}."""
    private_variables: str = ""
    """What the names of variables begin with that only one child can know; cells that look one up are not shared."""
    likely_next: dict[str, list[str]] = field(default_factory=dict)
    """Package → parts of it that children will load; loaded here if the cells have imported the package."""


@dataclass
class ServerOptions:
    """One fork server's orders, as they arrive in JSON; sizes in bytes, times in seconds."""

    entry: str
    """`package.module:function`, or `.module:function` for one of the server's own modules."""
    prepare: str = ""
    """The same form; called in a spare child before a request is there."""
    before_forks: str = ""
    """The same form, called once in the server when everything is imported; it may take the first `hint`."""
    core: list[str] = field(default_factory=list)
    """Modules the entry itself needs; imported first, outside the audit of preloads."""
    preload: list[str] = field(default_factory=list)
    watch_shell: bool = False
    """Whether modules that ask for the running IPython shell at import are unfit."""
    allow_threads: list[str] = field(default_factory=list)
    """Names of native threads known to survive a fork."""
    trusted_folders: list[str] = field(default_factory=list)
    """Folders outside the interpreter's own that may be imported from."""
    folder: str = ""
    """A private folder of this server; each child may have one inside it."""
    spares: int = 0
    hint: dict[str, Any] = field(default_factory=dict)
    """What the first spares are prepared for."""
    memory_limit: int = 0
    """Proportional set size that the server and its spares may hold together; 0: no limit."""
    idle_seconds: float = 0.0
    """After so long without a request all is given back; 0: never."""
    refill_seconds: float = 1.0
    """A spare is made when no child is at work, or so long after the last was used: it would compete with them.

    A fifth of it after a request that found none.
    """
    linger_seconds: float = 0.0
    """Children that have lost their client get so long to end by themselves before they are killed."""
    outliving: list[str] = field(default_factory=list)
    """Names of processes that outlive the child that has started them; they end with this server at the latest."""
    setup: SetupOrders | None = None

    @classmethod
    def from_json(cls, orders: dict[str, Any]) -> ServerOptions:
        """Take apart what `dataclasses.asdict` made of them on the other side."""
        setup = orders.pop("setup", None)
        return cls(**orders, setup=SetupOrders(**setup) if setup else None)

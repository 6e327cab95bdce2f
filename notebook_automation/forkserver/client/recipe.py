"""What a fork server is made of: the interpreter, the functions that run in it, the modules, the options."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from .options import ForkOptions


@dataclass(frozen=True)
class Recipe:
    """Two servers of one recipe differ in nothing but the environment of their imports.

    `python`: the interpreter's command with its flags. `entry`: `module:function`, called in the child as
    `function(request)` or `function(request, child)`; what it returns is the exit code. In the same form,
    `prepare(child)` runs in spares ahead of their request, for the hint of the last one, and `before_forks(hint)`, or
    without an argument, once in the server.
    """

    python: tuple[str, ...]
    entry: str
    preload: tuple[str, ...] = ()
    """Modules to import ahead; one that makes forking unsafe is left out."""
    prepare: str = ""
    before_forks: str = ""
    core: tuple[str, ...] = ()
    """Modules that the entry itself needs: without one of them there is no server."""
    watch_shell: bool = False
    """Whether modules that ask for the running IPython shell at import are unfit."""
    options: ForkOptions = field(default_factory=ForkOptions)
    env_defaults: tuple[tuple[str, str], ...] = ()
    """Variables set while importing, unless the environment has them."""

    def environment(self, env: Mapping[str, str]) -> dict[str, str]:
        """The environment of the imports, for children that get `env`."""
        return {**dict(self.env_defaults), **env}

"""Where the API of a Jupyter server is reached: from this machine, and by others."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from jupyter_server.utils import url_path_join

from notebook_automation.domain.addresses import displayed_address

URL_PATH = "notebook-automation"
_WILDCARDS = ("", "*", "0.0.0.0", "::")


@dataclass(frozen=True, slots=True)
class ServerAddresses:
    """The addresses of ``server``, a Jupyter server application.

    ``forwarded`` is the address by which a proxy said that it was called, empty where none said anything.
    """

    server: Any
    forwarded: str = ""

    def api_url(self) -> str:
        """Return where this machine reaches our REST, without a slash at its end."""
        return str(url_path_join(self._local(), URL_PATH, "api/v1"))

    def public_base(self, configured: str) -> str:
        """Return the address under which others reach the server, with a slash at its end: ``configured`` where given.

        Then it is what JupyterHub, Jupyter's settings or a proxy say, in this order.
        """
        # JupyterHub knows by which address its proxy is reached.
        given = configured or os.environ.get("JUPYTERHUB_PUBLIC_URL")
        if not given and self.server.custom_display_url:
            given = displayed_address(self.server.custom_display_url, self.server.base_url)
        given = given or self.forwarded or (self._local() if self.server.sock else self.server.connection_url)
        return str(given).split("?")[0].rstrip("/") + "/"

    def _local(self) -> str:
        server = self.server
        if server.sock:
            # From wherever a session runs: its path is relative to this process's folder.
            return f"http+unix://{quote(os.path.abspath(server.sock), safe='')}{server.base_url}"
        if server.ip not in _WILDCARDS:
            return str(server.connection_url)
        scheme = "https" if server.certfile else "http"
        return f"{scheme}://{'[::1]' if server.ip == '::' else '127.0.0.1'}:{server.port}{server.base_url}"

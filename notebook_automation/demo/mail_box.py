"""A mail server on this machine for the demonstration: it takes every message and keeps it as a file."""

from __future__ import annotations

import socketserver
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

_LARGEST = 50 * 2**20


class MailBox:
    """Takes mails from when it is made until it is closed; each is a file in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._server = _Server(("127.0.0.1", 0), _Conversation)
        self._server.folder = folder
        threading.Thread(target=self._server.serve_forever, name="na-demo-mails", daemon=True).start()

    @property
    def settings(self) -> dict[str, str]:
        """The settings by which mails come here, each at once."""
        url = f"smtp://127.0.0.1:{self._server.server_address[1]}"
        return {"smtp_url": url, "mail_from": "sales@example.org", "notify_gather": "0.5", "notify_pause": "0"}

    def files(self) -> list[Path]:
        """Return what came, the oldest first."""
        return sorted(self.folder.glob("*.eml"))

    def holds(self, number: int) -> bool:
        """Return whether ``number`` mails have come."""
        return len(self.files()) >= number

    def close(self) -> None:
        """Take no more."""
        self._server.shutdown()
        self._server.server_close()


def read_mail(file: Path) -> EmailMessage:
    """Return the message that a file holds."""
    return message_from_bytes(file.read_bytes(), policy=policy.default)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    folder: Path
    lock = threading.Lock()


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self._say("220 the demonstration")
        while line := self.rfile.readline(2000):
            verb = line[:4].upper()
            if verb == b"QUIT":
                self._say("221 bye")
                return
            if verb == b"DATA":
                self._say("354 go on")
                self._keep()
            self._say("250 OK" if verb in (b"EHLO", b"HELO", b"MAIL", b"RCPT", b"DATA", b"RSET", b"NOOP") else "502 no")

    def _keep(self) -> None:
        content = bytearray()
        while (line := self.rfile.readline(2**20)) not in (b".\r\n", b""):
            if len(content) < _LARGEST:
                content += line.removeprefix(b".")
        server = self.server
        assert isinstance(server, _Server)
        with server.lock:
            number = len(list(server.folder.glob("*.eml"))) + 1
            part = server.folder / f"{number:03}.part"
            part.write_bytes(content)
            part.rename(part.with_suffix(".eml"))

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())

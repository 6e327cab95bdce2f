"""A real SMTP server on this machine that keeps what it gets, and can be told to go wrong."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from notebook_automation.demo.jupyterlab import free_port


class MailServer:
    """``got`` are the messages, each with its recipients; ``says`` is what it answers to a message, in turn.

    ``drop`` as an answer closes the connection instead, once it has the message.
    """

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"smtp://127.0.0.1:{port}"
        self.got: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.says: list[str] = []
        self.refuses: dict[str, str] = {}

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, options: Any) -> str:
        if address in self.refuses:
            return self.refuses[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.says.pop(0) if self.says else "250 OK"
        if answer == "drop" or answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.got.append(message_from_bytes(envelope.content, policy=policy.default))
            self.recipients += envelope.rcpt_tos
        if answer == "drop":
            assert server.transport is not None
            server.transport.abort()
        return answer

    def texts(self) -> list[str]:
        """Return the plain texts of all messages."""
        bodies = [one.get_body(("plain",)) for one in self.got]
        return [body.get_content().replace("\r\n", "\n") for body in bodies if body is not None]


@contextlib.contextmanager
def mail_server(**options: Any) -> Iterator[MailServer]:
    """Run one; ``options`` are those of aiosmtpd's `Controller`."""
    server = MailServer(free_port())
    controller = Controller(server, hostname="127.0.0.1", port=server.port, ready_timeout=30, **options)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()

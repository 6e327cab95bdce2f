"""E-mail goes out through an SMTP server: what is wrong is told apart by whether the message may have arrived."""

from __future__ import annotations

import re
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from notebook_automation.domain.errors import AutomationError, Invalid, Unavailable

SECONDS = 30.0
"""How long the server may take for each step."""
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,250}[A-Za-z0-9])?")
_PORTS = {"smtp": 587, "smtps": 465}


class MailRefused(AutomationError):
    """The server does not take this message, and would not take it later."""

    code = "mail_refused"


class MailUncertain(AutomationError):
    """The message was handed over, and no answer came: it may have arrived."""

    code = "mail_uncertain"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """How a server is reached. ``tls`` is from the first byte on, or by STARTTLS, or none at all."""

    host: str
    port: int
    tls: bool
    start_tls: bool
    user: str = ""
    password: str = ""


def server_of(url: str) -> SmtpServer:
    """Return the server that ``url`` names: ``smtps://user:password@host:465``, ``smtp://…`` with STARTTLS.

    Without encryption only on this machine, or where ``?tls=none`` says so; a password is never sent in the clear.
    Raises Invalid (``smtp_url_invalid``), without the password in its message.
    """
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        raise _invalid("it has no port") from None
    if parts.scheme not in _PORTS or not parts.hostname:
        raise _invalid("it names no server")
    if parts.query not in ("", "tls=none"):
        raise _invalid("only ?tls=none may stand at its end")
    in_the_clear = parts.scheme == "smtp" and (parts.query == "tls=none" or _is_here(parts.hostname))
    if in_the_clear and parts.password and not _is_here(parts.hostname):
        raise _invalid("a password would be sent in the clear: leave out ?tls=none")
    return SmtpServer(
        host=parts.hostname, port=port, tls=parts.scheme == "smtps",
        start_tls=parts.scheme == "smtp" and not in_the_clear, user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
    )  # fmt: skip


def check_address(text: str) -> str:
    """Return an e-mail address as a message can have it. Raises MailRefused."""
    address = text.strip()
    if not _ADDRESS.fullmatch(address):
        raise MailRefused(f"{address[:80]!r} is no e-mail address: correct it in the setting people.")
    return address


class Smtp:
    """Sends through ``server``; ``tls`` is the context by which its certificate is verified, None the usual one."""

    def __init__(self, server: SmtpServer, *, tls: ssl.SSLContext | None = None, seconds: float = SECONDS) -> None:
        self._server = server
        self._tls = tls
        self._seconds = seconds

    async def send(
        self, message: EmailMessage, sender: str, recipient: str, before: Callable[[], Awaitable[None]]
    ) -> None:
        """Send ``message``; ``before`` is awaited when the server has agreed, just before it gets the text.

        Raises Unavailable (``mail_delayed``: it certainly did not arrive, try again), MailRefused, MailUncertain,
        and what ``before`` raises.
        """
        # Not at the top: most servers send no mail.
        import aiosmtplib

        content = message.as_bytes(policy=SMTP_POLICY)
        server = self._server
        client = aiosmtplib.SMTP(
            hostname=server.host, port=server.port, use_tls=server.tls, start_tls=server.start_tls,
            username=server.user or None, password=server.password or None, timeout=self._seconds,
            tls_context=self._tls,
        )  # fmt: skip
        handed_over = False
        try:
            await client.connect()
            await client.mail(sender)
            await client.rcpt(recipient)
            await before()
            handed_over = True
            await client.data(content)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise _said(error, handed_over=handed_over) from error
        finally:
            client.close()


def _said(error: Exception, *, handed_over: bool) -> AutomationError:
    """Return what an error of the server or of the way to it means for the message."""
    import aiosmtplib

    code = error.code if isinstance(error, aiosmtplib.SMTPResponseException) else 0
    text = re.sub(r"\s+", " ", str(error))[:300] or type(error).__name__
    of_settings = isinstance(error, (aiosmtplib.SMTPAuthenticationError, aiosmtplib.SMTPConnectResponseError))
    if code >= 500 and not of_settings:
        return MailRefused(f"The mail server refuses the message: {text}")
    if code or not handed_over:
        # Also a wrong password: whoever runs the server may set it right meanwhile.
        return Unavailable(f"The mail server does not take messages now: {text}", code="mail_delayed")
    return MailUncertain(f"The mail server did not say whether it has the message, and it is not sent again: {text}")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _invalid(why: str) -> Invalid:
    return Invalid(
        f"The setting smtp_url cannot be used: {why}. Write smtps://user:password@mail.example.org, or "
        "smtp://mail.example.org:587.",
        code="smtp_url_invalid",
    )

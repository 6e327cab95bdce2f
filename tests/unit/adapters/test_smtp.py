"""E-mail over a real SMTP server: sent once, and what went wrong is told apart by whether it may have arrived."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from mail_server import MailServer, mail_server

from notebook_automation.adapters.smtp import MailRefused, MailUncertain, Smtp, SmtpServer, check_address, server_of
from notebook_automation.domain.errors import Invalid, Unavailable


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


async def send(url: str | SmtpServer, *, tls: ssl.SSLContext | None = None, asked: list[str] | None = None) -> None:
    message = EmailMessage()
    message["Subject"] = "Prüfung"
    message.set_content("text ü\n.\nafter a dot\n")

    async def before() -> None:
        if asked is not None:
            asked.append("before")

    server = server_of(url) if isinstance(url, str) else url
    await Smtp(server, tls=tls, seconds=10).send(message, "na@example.org", "ana@example.org", before)


async def test_a_message_arrives_whole(server: MailServer) -> None:
    asked: list[str] = []
    await send(server.url, asked=asked)
    [got] = server.got
    assert (got["Subject"], server.recipients, asked) == ("Prüfung", ["ana@example.org"], ["before"])
    assert server.texts() == ["text ü\n.\nafter a dot\n"]


@pytest.mark.parametrize("answer", ["451 greylisted", "421 too busy"])
async def test_what_the_server_puts_off_is_tried_again(server: MailServer, answer: str) -> None:
    server.says = [answer]
    with pytest.raises(Unavailable, match=answer[4:]) as raised:
        await send(server.url)
    assert raised.value.code == "mail_delayed"


async def test_what_the_server_refuses_is_not(server: MailServer) -> None:
    server.says = ["554 spam"]
    with pytest.raises(MailRefused, match="spam"):
        await send(server.url)
    server.refuses = {"ana@example.org": "550 no such user"}
    asked: list[str] = []
    with pytest.raises(MailRefused, match="no such user"):
        await send(server.url, asked=asked)
    assert asked == []


async def test_a_connection_lost_after_the_text_leaves_it_uncertain(server: MailServer) -> None:
    server.says = ["drop"]
    with pytest.raises(MailUncertain, match="not sent again"):
        await send(server.url)
    assert len(server.got) == 1


async def test_a_server_that_is_away_is_tried_again() -> None:
    with mail_server() as running:
        url = running.url
    with pytest.raises(Unavailable) as raised:
        await send(url)
    assert raised.value.code == "mail_delayed"


async def test_no_message_goes_without_encryption_where_that_is_wanted(server: MailServer) -> None:
    demanding = replace(server_of(server.url), start_tls=True)
    with pytest.raises(Unavailable, match="STARTTLS"):
        await send(demanding)
    assert server.got == []


def certificate(folder: Path) -> Path:
    """Write a key with a certificate for 127.0.0.1 that it has signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(x509.random_serial_number()).not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


async def test_encrypted_with_a_password_and_only_to_a_server_whose_certificate_is_known(tmp_path: Path) -> None:
    file = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    given: list[object] = []

    def authenticate(*arguments: object) -> AuthResult:
        data = arguments[-1]
        given.append((data.login, data.password))  # type: ignore[attr-defined]
        return AuthResult(success=data.password == b"p@ss", handled=False)  # type: ignore[attr-defined]

    with mail_server(ssl_context=context, authenticator=authenticate, auth_require_tls=False) as running:
        known = ssl.create_default_context(cafile=str(file))
        url = f"smtps://ana:p%40ss@127.0.0.1:{running.port}"
        await send(url, tls=known)
        assert (len(running.got), given) == (1, [(b"ana", b"p@ss")])
        with pytest.raises(Unavailable, match=r"(?i)certificate"):
            await send(url)
        with pytest.raises(Unavailable, match="535"):
            await send(url.replace("p%40ss", "wrong"), tls=known)
        assert len(running.got) == 1


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtps://mail.example.org", ("mail.example.org", 465, True, False)),
        ("smtp://mail.example.org", ("mail.example.org", 587, False, True)),
        ("smtp://localhost:25", ("localhost", 25, False, False)),
        ("smtp://[::1]:25", ("::1", 25, False, False)),
        ("smtp://mail.example.org:25?tls=none", ("mail.example.org", 25, False, False)),
    ],
)
def test_a_url_says_how_the_server_is_reached(url: str, expected: tuple[object, ...]) -> None:
    found = server_of(url)
    assert (found.host, found.port, found.tls, found.start_tls) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mail.example.org",
        "http://mail.example.org",
        "smtp://",
        "smtp://u:hunter2@h:x",
        "smtp://u:hunter2@h?tls=none",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_telling_its_password(url: str) -> None:
    with pytest.raises(Invalid) as raised:
        server_of(url)
    assert raised.value.code == "smtp_url_invalid"
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize("text", ["", "ana", "ana@", "a@b\r\nBcc: x@y", "Ana <ana@b.c>", "a@b,c@d", "a b@c", "ä@b.c"])
def test_what_is_no_address_is_refused(text: str) -> None:
    assert check_address(" ana.b+c@example.org ") == "ana.b+c@example.org"
    with pytest.raises(MailRefused):
        check_address(text)

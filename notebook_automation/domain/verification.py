"""Whether a delivery comes from one who has the secret: decided over the bytes as they came, in constant time."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, parse_qsl, urlsplit

from .addresses import with_and_without_port
from .errors import AutomationError, Invalid
from .signatures import OF_BODY, OF_SIGNATURE, Algorithm, Scheme
from .strict_json import parse_json

Reason = Literal[
    "secret_missing", "secret_malformed", "signature_missing", "signature_wrong", "signature_stale", "time_missing",
    "id_missing", "body_not_signed", "delivery_replayed",
]  # fmt: skip
WHY: Mapping[Reason, str] = {
    "secret_missing": "The secret that it is checked by is not set, or cannot be read: nothing is taken.",
    "secret_malformed": "The secret that it is checked by is no key of this scheme: set it as its sender shows it.",
    "signature_missing": "It came without a signature.",
    "signature_wrong": "Its signature does not fit: another secret, or it was changed on its way.",
    "signature_stale": "It was signed too long ago, or in the future: it may be a copy, or a clock is wrong.",
    "time_missing": "It does not say in the right place when it was signed.",
    "id_missing": "It came without the id that is signed with it.",
    "body_not_signed": "Its signature does not cover its body.",
    "delivery_replayed": "It is a copy of a delivery that has come before, under another id.",
}
"""What each reason means, for those who own the webhook; a sender is told less."""
_SMALL = 64 * 1024
"""Bytes of a message that is copied to be signed at once."""
_MOST_SIGNATURES = 16
_MOST_FIELDS = 1000
_MILLISECONDS = 1e11
"""From here on a time is in milliseconds: as seconds it were the year 5138."""

CheckPublic = Callable[[Algorithm, bytes, bytes, bytes], bool]
"""Whether, by a public key, a signature is that of a message. Raises ValueError for what is no key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRequest:
    """What is looked at: ``urls`` are the addresses that its sender may have called; header names in lower case."""

    method: str
    urls: Sequence[str]
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Verified:
    """It is genuine, by ``secret``. ``digest`` is the SHA-256 of what is signed, where that has a time."""

    secret: str
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """It is not taken, for this reason."""

    reason: Reason


class Unverified(AutomationError, PermissionError):
    """A delivery is not taken, for ``reason``; its sender is told no more than that."""

    code = "signature_refused"
    status = 401
    exit_code = 5

    def __init__(self, reason: Reason) -> None:
        super().__init__("The delivery was not accepted: sign it as the owner of this webhook has set it up.")
        self.reason = reason

    # PermissionError is an OSError, whose __str__ would format errno arguments.
    def __str__(self) -> str:
        return self.message


class _Fails(Exception):
    def __init__(self, reason: Reason) -> None:
        self.reason = reason


def verify(
    scheme: Scheme, secrets: Sequence[str], request: SignedRequest, now: float, check_public: CheckPublic
) -> Verified | Refused:
    """Return whether ``request`` is one of who has one of ``secrets``, at ``now`` (epoch seconds).

    Never raises for what a sender may send. Secrets that are empty do not count: without any, nothing is taken.
    """
    live = [secret for secret in secrets if secret.strip()]
    if not live:
        return Refused("secret_missing")
    try:
        if scheme.kind == "token":
            return _token(scheme, live, request)
        if scheme.kind == "basic":
            return _basic(scheme, live, request)
        return _signed(scheme, live, request, now, check_public)
    except _Fails as fails:
        return Refused(fails.reason)


def _token(scheme: Scheme, secrets: Sequence[str], request: SignedRequest) -> Verified | Refused:
    value = _header(scheme.header, request)
    if value[: len(scheme.prefix)].lower() != scheme.prefix.lower():
        return Refused("signature_missing")
    return _if_one_of(value[len(scheme.prefix) :], {_bytes(secret): secret for secret in secrets})


def _basic(scheme: Scheme, secrets: Sequence[str], request: SignedRequest) -> Verified | Refused:
    word, _, rest = _header(scheme.header, request).partition(" ")
    if word.lower() != "basic":
        return Refused("signature_missing")
    if not all(":" in secret for secret in secrets):
        return Refused("secret_malformed")
    return _if_one_of(rest.strip(), {base64.b64encode(_bytes(secret)): secret for secret in secrets})


def _if_one_of(value: str, wanted: Mapping[bytes, str]) -> Verified | Refused:
    given = _bytes(value)
    # All are compared, whichever fits.
    fitting = [secret for one, secret in wanted.items() if hmac.compare_digest(given, one)]
    return Verified(fitting[0]) if fitting else Refused("signature_wrong")


def _signed(
    scheme: Scheme, secrets: Sequence[str], request: SignedRequest, now: float, check_public: CheckPublic
) -> Verified | Refused:
    header = _header(scheme.header, request)
    entries = header.split(scheme.separator) if scheme.separator else [header]
    entries = [entry.strip() for entry in entries]
    signatures = [one.removeprefix(scheme.prefix) for one in entries if one.startswith(scheme.prefix)]
    if not signatures:
        return Refused("signature_missing")
    time = _time_in_headers(scheme, entries, request)
    if "form" in (names := [name for _, name in scheme.signed_parts]) and "body" not in names:
        _check_body_of_form(request)
    messages = [_message(scheme, request, url, time) for url in _urls(scheme, request)]
    signatures = signatures[:_MOST_SIGNATURES]
    fitting = [
        (secret, message)
        for secret in secrets
        for message in messages
        if _fits(scheme, _key(scheme, secret), message, signatures, check_public)
    ]
    if not fitting:
        return Refused("signature_wrong")
    secret, message = fitting[0]
    if not scheme.timestamp:
        return Verified(secret)
    if scheme.timestamp.startswith(OF_BODY):
        time = _time_in_body(scheme.timestamp.removeprefix(OF_BODY), request.body)
    if abs(now - _seconds(time)) > scheme.tolerance:
        return Refused("signature_stale")
    digest = hashlib.sha256()
    for part in message:
        digest.update(part)
    return Verified(secret, digest.hexdigest())


def _fits(
    scheme: Scheme, key: bytes, message: Sequence[bytes], signatures: Sequence[str], check_public: CheckPublic
) -> bool:
    if scheme.kind == "public_key":
        whole = b"".join(message)
        try:
            return any(check_public(scheme.algorithm, key, one, whole) for one in _decoded(scheme, signatures))
        except ValueError:
            raise _Fails("secret_malformed") from None
    code = _code(key, message, scheme.algorithm)
    wanted = code.hex() if scheme.encoding == "hex" else base64.b64encode(code).decode("ascii")
    # As text: then each signature has one form, and nothing of a sender's is decoded. All are compared.
    given = [_bytes(one.lower() if scheme.encoding == "hex" else one) for one in signatures]
    return sum(hmac.compare_digest(one, _bytes(wanted)) for one in given) > 0


def _code(key: bytes, message: Sequence[bytes], algorithm: str) -> bytes:
    if sum(map(len, message)) <= _SMALL:
        # In one call: half of what it costs otherwise.
        return hmac.digest(key, b"".join(message), algorithm)
    code = hmac.new(key, digestmod=algorithm)
    for part in message:
        code.update(part)
    return code.digest()


def _decoded(scheme: Scheme, signatures: Sequence[str]) -> list[bytes]:
    found = []
    for one in signatures:
        try:
            value = _from_text(one, scheme.encoding)
        except ValueError:
            continue
        # Each signature has one form.
        if scheme.encoding == "hex" or base64.b64encode(value).decode("ascii") == one:
            found.append(value)
    return found


def _key(scheme: Scheme, secret: str) -> bytes:
    text = secret.strip().removeprefix(scheme.key_prefix) if scheme.key != "text" else secret
    try:
        key = text.encode("utf-8") if scheme.key == "text" else _from_text(text, scheme.key)
    except ValueError:
        raise _Fails("secret_malformed") from None
    if not key:
        raise _Fails("secret_malformed")
    return key


def _from_text(text: str, encoding: Literal["hex", "base64"]) -> bytes:
    """Return what ``text`` stands for; raises ValueError."""
    raw = text.encode("ascii")
    return binascii.unhexlify(raw) if encoding == "hex" else base64.b64decode(raw, validate=True)


def _header(name: str, request: SignedRequest) -> str:
    value = request.headers.get(name.lower(), "")
    if not value:
        raise _Fails("signature_missing")
    return value


def _time_in_headers(scheme: Scheme, entries: Sequence[str], request: SignedRequest) -> str:
    where = scheme.timestamp
    if not where or where.startswith(OF_BODY):
        return ""
    if where.startswith(OF_SIGNATURE):
        begin = f"{where.removeprefix(OF_SIGNATURE)}="
        found = [entry.removeprefix(begin) for entry in entries if entry.startswith(begin)]
        time = found[0] if len(found) == 1 else ""
    else:
        time = request.headers.get(where.lower(), "")
    _seconds(time)
    return time


def _time_in_body(path: str, body: bytes) -> str:
    try:
        value = parse_json(body.decode("utf-8"))
    except (Invalid, ValueError):
        raise _Fails("time_missing") from None
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return str(value) if isinstance(value, (int, str)) else ""


def _seconds(time: str) -> float:
    if not (time.isascii() and time.isdigit() and len(time) <= 15):
        raise _Fails("time_missing")
    number = float(time)
    return number / 1000 if number >= _MILLISECONDS else number


def _message(scheme: Scheme, request: SignedRequest, url: str, time: str) -> list[bytes]:
    """What is signed, in parts: a body may be large."""
    message = []
    for text, name in scheme.signed_parts:
        message += [text.encode("utf-8"), _part(name, scheme, request, url, time)]
    return message


def _part(name: str, scheme: Scheme, request: SignedRequest, url: str, time: str) -> bytes:
    if name == "body":
        return request.body
    if name == "form":
        return _form(request)
    if name == "id":
        delivery_id = request.headers.get(scheme.id.lower(), "")
        if not delivery_id:
            raise _Fails("id_missing")
        return _bytes(delivery_id)
    return _bytes({"timestamp": time, "url": url, "method": request.method, "": ""}[name])


def _urls(scheme: Scheme, request: SignedRequest) -> list[str]:
    if not scheme.signs_address:
        return [""]
    return list(dict.fromkeys(form for url in request.urls for form in with_and_without_port(url)))


def _is_form(request: SignedRequest) -> bool:
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return declared == "application/x-www-form-urlencoded"


def _form(request: SignedRequest) -> bytes:
    """The fields of a form by name, each name before its values, which count once and in order."""
    if not _is_form(request):
        return b""
    fields: dict[str, set[str]] = {}
    try:
        text = request.body.decode("ascii")
        pairs = parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise _Fails("signature_wrong") from None
    for name, value in pairs:
        fields.setdefault(name, set()).add(value)
    return "".join(name + value for name in sorted(fields) for value in sorted(fields[name])).encode("utf-8")


def _check_body_of_form(request: SignedRequest) -> None:
    """A body that is no form is signed by its hash in the address."""
    if _is_form(request) or not request.body:
        return
    digest = hashlib.sha256(request.body).hexdigest()
    for url in request.urls:
        try:
            given = parse_qs(urlsplit(url).query, max_num_fields=_MOST_FIELDS).get("bodySHA256", [])
        except ValueError:
            continue
        if len(given) == 1 and hmac.compare_digest(_bytes(given[0].lower()), digest.encode("ascii")):
            return
    raise _Fails("body_not_signed")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")

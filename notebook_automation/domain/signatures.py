"""How the sender of a webhook shows who it is: a scheme as data, and which secret of the project it is checked by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Any, Literal, get_args

from .errors import Invalid
from .times import duration

Kind = Literal["hmac", "public_key", "token", "basic"]
Algorithm = Literal["sha1", "sha256", "sha384", "sha512", "ed25519", "ecdsa-p256-sha256"]
Encoding = Literal["hex", "base64"]
KeyForm = Literal["text", "hex", "base64"]
Challenge = Literal["slack", "zoom", "discord"]

PARTS = ("body", "timestamp", "id", "url", "form", "method")
"""What may be signed: the body as it came, its time, its id, the address, the fields of a form in order, the method."""
LONGEST_TOLERANCE = 86400.0
"""Seconds."""
OF_BODY, OF_SIGNATURE = "json:", "signature:"
"""How a scheme says that the time is in the JSON of the body (a dotted path), or a field of the signature's header."""
_PUBLIC_KEY = ("ed25519", "ecdsa-p256-sha256")
_PART = re.compile(r"\{([^{}]*)\}")
_HEADER = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """What a delivery has to carry.

    ``header`` holds the signature, or several that ``separator`` parts; those that begin with ``prefix`` count.
    ``signed`` is a template over PARTS. ``timestamp`` is where the time of signing is (epoch seconds or milliseconds):
    a header, ``signature:t`` (a field of the signature's header) or ``json:path`` (in the body); it may differ from now
    by ``tolerance`` seconds. ``id`` is the header of the delivery's id. The secret is the key as ``key`` says, after
    ``key_prefix``. A `token` is the secret itself; for `basic` the secret is ``user:password``.
    """

    kind: Kind = "hmac"
    algorithm: Algorithm = "sha256"
    header: str = ""
    prefix: str = ""
    encoding: Encoding = "hex"
    signed: str = "{body}"
    separator: str = ""
    timestamp: str = ""
    tolerance: float = 300.0
    id: str = ""
    key: KeyForm = "text"
    key_prefix: str = ""
    challenge: Challenge | None = None

    @property
    def signed_parts(self) -> tuple[tuple[str, str], ...]:
        """The template as (literal text, name of the part after it, "" at the end)."""
        return _parts_of(self.signed)

    @property
    def signs_address(self) -> bool:
        """Whether the address that the sender has called is signed."""
        return any(name == "url" for _, name in self.signed_parts)


# Once for each scheme, not for each delivery.
@lru_cache(maxsize=256)
def _parts_of(template: str) -> tuple[tuple[str, str], ...]:
    pieces = [*_PART.split(template), ""]
    return tuple(zip(pieces[::2], pieces[1::2], strict=True))


OVERRIDABLE = (
    "algorithm", "header", "prefix", "encoding", "signed", "separator", "timestamp", "tolerance", "id", "key",
    "key_prefix",
)  # fmt: skip
"""What a trigger may say of its own instead of what its preset says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a trigger asks of its deliveries: the scheme that ``preset`` names, with ``given`` in place of its fields.

    ``secret`` is the name of a variable of the project, ``old_secret`` that of one that is good as well while the
    secret is changed at the sender. ``title`` is how people call the preset.
    """

    preset: str
    secret: str
    old_secret: str | None = None
    title: str
    scheme: Scheme
    given: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Return what `parse_signature` reads."""
        old = {} if self.old_secret is None else {"old_secret": self.old_secret}
        return {"preset": self.preset, "secret": self.secret, **old, **self.given}

    @property
    def secrets(self) -> tuple[str, ...]:
        """The names of the variables by which deliveries are checked."""
        return (self.secret,) if self.old_secret is None else (self.secret, self.old_secret)


@dataclass(frozen=True, slots=True)
class Preset:
    """A scheme under the name of those who sign so."""

    title: str
    scheme: Scheme


def with_overrides(preset: Preset, given: Mapping[str, Any]) -> Scheme:
    """Return the scheme of ``preset`` with the fields ``given``, checked. Raises Invalid (``signature_invalid``)."""
    for name, value in given.items():
        if name not in OVERRIDABLE:
            raise wrong(
                f"A signature has no {name}: it has preset, secret, old_secret, {', '.join(OVERRIDABLE)}.", name
            )
        if name != "tolerance" and not isinstance(value, str):
            raise wrong(f"{name} is a text, not {value!r:.60}.", name)
    values = dict(given)
    if "tolerance" in values:
        values["tolerance"] = _tolerance(values["tolerance"])
    scheme = replace(preset.scheme, **values)
    _check_choices(scheme)
    _check_header(scheme)
    if scheme.kind in ("hmac", "public_key"):
        _check_signed(scheme)
    return scheme


def _check_choices(scheme: Scheme) -> None:
    for name, choices in (("encoding", Encoding), ("key", KeyForm), ("algorithm", Algorithm)):
        if getattr(scheme, name) not in get_args(choices):
            raise wrong(f"{name} is one of {', '.join(get_args(choices))}.", name)
    if (scheme.algorithm in _PUBLIC_KEY) != (scheme.kind == "public_key"):
        of = _PUBLIC_KEY if scheme.kind == "public_key" else [x for x in get_args(Algorithm) if x not in _PUBLIC_KEY]
        raise wrong(f"algorithm is one of {', '.join(of)} here.", "algorithm")
    for one in fields(Scheme):
        value = getattr(scheme, one.name)
        if isinstance(value, str) and (len(value) > 200 or not value.isprintable()):
            raise wrong(f"{one.name} is a text of at most 200 printable characters.", one.name)


def _check_header(scheme: Scheme) -> None:
    named = [("header", scheme.header), ("id", scheme.id)]
    if not scheme.timestamp.startswith((OF_BODY, OF_SIGNATURE)):
        named.append(("timestamp", scheme.timestamp))
    for name, header in named:
        if header and not _HEADER.fullmatch(header):
            raise wrong(f"{name} is the name of a header, such as X-Signature, not {header!r:.60}.", name)
    if not scheme.header:
        raise wrong("Say which header carries it: header: X-Signature.", "header")


def _check_signed(scheme: Scheme) -> None:
    names = {name for _, name in scheme.signed_parts[:-1]}
    if names - set(PARTS) or any(mark in text for text, _ in scheme.signed_parts for mark in "{}"):
        shown = ", ".join(f"{{{name}}}" for name in PARTS)
        raise wrong(f"signed is a text with {shown} in it, such as {{timestamp}}.{{body}}.", "signed")
    if not names & {"body", "form"}:
        raise wrong("What is signed has to have {body} in it: else anything could be put there.", "signed")
    for name in ("timestamp", "id"):
        if name in names and not getattr(scheme, name):
            raise wrong(f"{{{name}}} is signed: say in which header it comes, by {name}.", name)
    of_body = scheme.timestamp.startswith(OF_BODY)
    if of_body and ("timestamp" in names or "body" not in names):
        raise wrong("A time in the body is signed with {body}, and not by itself.", "timestamp")
    if scheme.timestamp and not of_body and "timestamp" not in names:
        raise wrong("A time that is not signed proves nothing: put {timestamp} into signed.", "timestamp")


def _tolerance(value: Any) -> float:
    try:
        seconds = duration(value) if isinstance(value, str) else value
    except Invalid as error:
        raise wrong(error.message, "tolerance") from None
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)) or not 1 <= seconds <= LONGEST_TOLERANCE:
        raise wrong("tolerance is from 1 second to a day, such as 5 min.", "tolerance")
    return float(seconds)


def wrong(message: str, field: str) -> Invalid:
    """Return the error for a signature whose ``field`` cannot be."""
    return Invalid(message, code="signature_invalid", field=f"signature.{field}" if field else "signature")

"""Content codings of HTTP (RFC 9110, 8.4.1): bodies that were sent compressed, unpacked within a limit."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from importlib import import_module
from typing import Any

from notebook_automation.domain.errors import Invalid, TooLarge, UnsupportedMediaType

_MAX_CODINGS = 2
_MAX_MEMBERS = 100
Unpack = Callable[[bytes, int], bytes]


def unpacked(raw: bytes, codings: str, limit: int) -> bytes:
    """Return ``raw`` without the ``codings`` (the header Content-Encoding), of at most ``limit`` bytes.

    Raises UnsupportedMediaType for a coding that is not read here, Invalid (``body_invalid``) for what is not packed
    as it says, TooLarge as soon as more comes out than ``limit``.
    """
    for unpack in reversed(unpackers(codings)):
        raw = unpack(raw, limit)
    return raw


def unpackers(codings: str) -> list[Unpack]:
    """Return what unpacks each of ``codings``, in the order in which they were applied.

    Raises UnsupportedMediaType for a coding that is not read here.
    """
    names = [name for name in (part.strip().lower() for part in codings.split(",")) if name not in ("", "identity")]
    if len(names) > _MAX_CODINGS:
        raise UnsupportedMediaType(f"The body is packed {len(names)} times: pack it once.")
    return [_unpacker(name) for name in names]


def _unpacker(name: str) -> Unpack:
    found = _UNPACKERS.get(name)
    if found is None or (name == "br" and _brotli() is None):
        known = [one for one in ("gzip", "deflate", "br") if one != "br" or _brotli() is not None]
        sentence = f"A webhook does not read the Content-Encoding {name!r:.40}: use {', '.join(known)}."
        raise UnsupportedMediaType(sentence, code="encoding_unsupported")
    return found


def _gzip(raw: bytes, limit: int) -> bytes:
    return _inflated(raw, limit, 16 + zlib.MAX_WBITS, "gzip")


def _deflate(raw: bytes, limit: int) -> bytes:
    # Some send what zlib makes, as the standard says, and some the bare stream in it.
    is_zlib = len(raw) >= 2 and raw[0] & 0x0F == 8 and (raw[0] << 8 | raw[1]) % 31 == 0
    return _inflated(raw, limit, zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS, "deflate")


def _inflated(raw: bytes, limit: int, bits: int, name: str) -> bytes:
    parts: list[bytes] = []
    room = limit
    # A gzip file may be several, one after the other, with zeros behind them.
    while raw:
        if len(parts) == _MAX_MEMBERS:
            raise _wrong(name)
        stream = zlib.decompressobj(bits)
        try:
            part = stream.decompress(raw, room + 1)
        except zlib.error:
            raise _wrong(name) from None
        room -= len(part)
        if room < 0:
            raise _too_large(limit)
        if not stream.eof:
            raise _wrong(name)
        parts.append(part)
        raw = stream.unused_data.lstrip(b"\0")
    return b"".join(parts)


def _unbrotlied(raw: bytes, limit: int) -> bytes:
    brotli = _brotli()
    stream = brotli.Decompressor()
    parts: list[bytes] = []
    room = limit
    try:
        while not stream.is_finished():
            part = stream.process(raw, output_buffer_limit=64 * 1024)
            raw = b""
            room -= len(part)
            if room < 0:
                raise _too_large(limit)
            if not part and stream.can_accept_more_data():
                raise _wrong("br")
            parts.append(part)
    except brotli.error:
        raise _wrong("br") from None
    return b"".join(parts)


def _brotli() -> Any:
    """Return the library for Brotli where there is one that can stop at a size (from its version 1.2 on)."""
    try:
        found = import_module("brotli")
    except ImportError:
        return None
    return found if hasattr(found.Decompressor, "can_accept_more_data") else None


def _wrong(name: str) -> Invalid:
    return Invalid(
        f"The body is not what its Content-Encoding says, {name}: send it as it is, without that header.",
        code="body_invalid",
    )


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"The body is larger than {limit / 2**20:g} MiB once it is unpacked: send less at once.", code="body_too_large"
    )


_UNPACKERS: dict[str, Unpack] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _deflate,
    "br": _unbrotlied,
}

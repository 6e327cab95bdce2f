"""Bodies that come packed are unpacked within a limit, or refused with a reason."""

from __future__ import annotations

import functools
import gzip
import tracemalloc
import zlib

import pytest

from notebook_automation.adapters.content_codings import unpacked
from notebook_automation.domain.errors import Invalid, TooLarge, UnsupportedMediaType

packed = functools.partial(gzip.compress, mtime=0)
"""Without the time: a test's name must not change from one test process to the next."""
TEXT = b'{"order": 7}' * 10


def bare(raw: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(raw) + packer.flush()


@pytest.mark.parametrize(
    ("codings", "raw"),
    [
        ("", TEXT), ("identity", TEXT), ("gzip", packed(TEXT)), ("X-GZIP", packed(TEXT)),
        ("gzip", packed(TEXT[:20]) + packed(TEXT[20:]) + b"\0" * 8), ("deflate", zlib.compress(TEXT)),
        ("deflate", bare(TEXT)), ("deflate, gzip", packed(zlib.compress(TEXT))),
    ],
)  # fmt: skip
def test_what_was_packed_comes_out(codings: str, raw: bytes) -> None:
    assert unpacked(raw, codings, len(TEXT)) == TEXT


def test_brotli_is_read_where_its_library_is() -> None:
    brotli = pytest.importorskip("brotli")
    assert unpacked(brotli.compress(TEXT), "br", len(TEXT)) == TEXT
    with pytest.raises(TooLarge):
        unpacked(brotli.compress(b"\0" * 50_000_000), "br", 1_000_000)
    for raw in (brotli.compress(TEXT)[:-3], b"\xff\xff\xff"):
        with pytest.raises(Invalid):
            unpacked(raw, "br", 1000)


@pytest.mark.parametrize("codings", ["gzip", "deflate"])
def test_nothing_packed_is_nothing(codings: str) -> None:
    assert unpacked(b"", codings, 10) == b""


@pytest.mark.parametrize(
    ("codings", "raw"),
    [
        ("gzip", b"{}"), ("gzip", packed(TEXT)[:-5]), ("gzip", packed(TEXT) + b"more"),
        ("gzip", packed(b"") * 500), ("deflate", b"{}"), ("deflate", zlib.compress(TEXT)[:-5]),
    ],
)  # fmt: skip
def test_what_is_not_packed_as_it_says_is_400(codings: str, raw: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        unpacked(raw, codings, 1000)
    assert refused.value.code == "body_invalid"


@pytest.mark.parametrize("codings", ["compress", "zstd", "gzip, gzip, gzip", "gzip;q=1", "x" * 500])
def test_a_coding_that_is_not_read_is_415(codings: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        unpacked(b"", codings, 1000)


def test_a_bomb_takes_no_more_than_the_limit() -> None:
    bomb = packed(packed(b"\0" * 100_000_000))
    tracemalloc.start()
    for codings, raw in (("gzip", gzip.decompress(bomb)), ("gzip, gzip", bomb)):
        with pytest.raises(TooLarge) as refused:
            unpacked(raw, codings, 1_000_000)
        assert refused.value.code == "body_too_large"
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()

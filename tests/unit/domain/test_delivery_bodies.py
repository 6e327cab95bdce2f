"""What a body is, whatever it is declared as: JSON wherever it is sent, fields, files, text in any charset, bytes."""

from __future__ import annotations

import base64
import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notebook_automation.domain.delivery_bodies import MAX_FORM_FIELDS, MAX_JSON_LINES, option_of, read_body
from notebook_automation.domain.errors import Invalid, TooLarge
from notebook_automation.domain.multipart import MAX_PARTS

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MIXED = 'multipart/form-data; boundary="x y"'


def multipart(*parts: tuple[str, bytes], mark: bytes = b"x y", line: bytes = b"\r\n") -> bytes:
    body = b"".join(
        b"--" + mark + line + head.encode().replace(b"\n", line) + line * 2 + content + line for head, content in parts
    )
    return body + b"--" + mark + b"--" + line


def field(name: str) -> str:
    return f'Content-Disposition: form-data; name="{name}"'


@pytest.mark.parametrize(
    ("content_type", "raw", "kind", "value"),
    [
        (JSON, b"[1]", "json", [1]),
        (JSON, b'"text"', "json", "text"),
        ("text/json", b"[1]", "json", [1]),
        ("application/cloudevents+json", b"[1]", "json", [1]),
        ("application/vnd.github+json; charset=utf-8", b"[1]", "json", [1]),
        ("application/csp-report", b'{"csp-report": {}}', "json", {"csp-report": {}}),
        ("application/reports+json", b"[{}]", "json", [{}]),
        ("APPLICATION/JSON;charset=utf-8", b"[1]", "json", [1]),
        (JSON, b"\xef\xbb\xbf[1]", "json", [1]),
        (JSON, "\ufeff[1]".encode("utf-16-le"), "json", [1]),
        (JSON, '["ü"]'.encode("utf-16-be"), "json", ["ü"]),
        (JSON + "; charset=iso-8859-1", '["ü"]'.encode("latin-1"), "json", ["ü"]),
        (JSON + "; charset=iso-8859-1", '["ü"]'.encode(), "json", ["ü"]),
        (JSON + "; charset=nonsense", '["ü"]'.encode(), "json", ["ü"]),
        ("", b' {"n": 1}', "json", {"n": 1}),
        ("text/plain", b'{"n": 1}', "json", {"n": 1}),
        ("text/plain", b"\xef\xbb\xbf[1]", "json", [1]),
        ("text/html", b"[1]\n", "json", [1]),
        ("application/octet-stream", b'{"n": 1}', "json", {"n": 1}),
        (FORM, b'{"n": 1, "t": "a&b=c"}', "json", {"n": 1, "t": "a&b=c"}),
        ("application/x-ndjson", b'{"n": 1}\n\n{"n": 2}\r\n', "lines", [{"n": 1}, {"n": 2}]),
        ("application/json-seq", b"\x1e1\n\x1e2\n", "lines", [1, 2]),
        (FORM, b"payload=%7B%22action%22%3A%22opened%22%7D", "form", {"action": "opened"}),
        (FORM, b"payload=%5B1%5D&token=x", "form", [1]),
        (FORM, b"json=%7B%22n%22%3A1%7D", "form", {"n": 1}),
        (FORM, b"a=%7B%7D&b=1", "form", None),
        (FORM, b"payload=x", "form", None),
        (FORM, b"payload=%7Bx", "form", None),
        (MIXED, multipart((field("payload"), b'{"n": 1}')), "multipart", {"n": 1}),
        ("text/plain", b"{not json", "text", None),
        ("text/plain", b'{"a": 1, "a": 2}', "text", None),
        ("text/plain", b"42", "text", None),
    ],
)
def test_json_is_seen_wherever_it_is_sent(content_type: str, raw: bytes, kind: str, value: Any) -> None:
    body = read_body(content_type, raw)
    assert (body["kind"], body["json"]) == (kind, value)
    assert base64.b64decode(body["bytes"]) == raw
    assert body["size"] == len(raw)


@pytest.mark.parametrize(
    ("content_type", "raw", "charset", "form"),
    [
        (FORM, b"a=1&b=%C3%BC&a=2&c=", "utf-8", {"a": ["1", "2"], "b": "ü", "c": ""}),
        (FORM, b"\xef\xbb\xbfa=1", "utf-8", {"a": "1"}),
        (FORM, b"a=%FC", "cp1252", {"a": "ü"}),
        (FORM, b"a=\xfc", "cp1252", {"a": "ü"}),
        (FORM, b"a=%80", "cp1252", {"a": "€"}),
        (FORM, b"a=%81", "iso8859-1", {"a": "\x81"}),
        (FORM + "; charset=iso-8859-2", b"a=%B1", "iso8859-2", {"a": "ą"}),
        (FORM + "; charset=Shift_JIS", b"a=%83%65", "shift_jis", {"a": "テ"}),
        (FORM, b"a=%B1&_charset_=iso-8859-2", "iso8859-2", {"a": "ą", "_charset_": "iso-8859-2"}),
        (FORM, b"charset=windows-1252&a=%80", "cp1252", {"a": "€", "charset": "windows-1252"}),
        (FORM + "; charset=utf-7", b"a=%2BAGE-", "utf-8", {"a": "+AGE-"}),
    ],
)
def test_a_form_is_read_in_the_charset_that_it_is_in(content_type: str, raw: bytes, charset: str, form: Any) -> None:
    body = read_body(content_type, raw)
    assert (body["kind"], body["charset"], body["form"], body["json"]) == ("form", charset, form, None)


@pytest.mark.parametrize(
    ("content_type", "raw", "charset", "text"),
    [
        ("text/plain", "ü".encode(), "utf-8", "ü"),
        ("text/plain; charset=iso-8859-1", b"\xfc", "iso8859-1", "ü"),
        ("text/plain; charset='us-ascii'", "ü".encode(), "utf-8", "ü"),
        ("text/plain; charset=utf-7", b"+AGE-", "utf-8", "+AGE-"),
        ("text/plain; charset=base64", b"YQ==", "utf-8", "YQ=="),
        ("text/csv", "a,ü".encode("utf-16"), "utf-16", "a,ü"),
        ("application/xml", b"<a/>", "utf-8", "<a/>"),
        ("application/x-unheard-of", b"a=1", "utf-8", "a=1"),
        ("", b"plain", "utf-8", "plain"),
        ("text/plain", b"\xff\xfea", None, None),
        ("text/plain", b"a\0b", None, None),
        ("application/pdf", b"%PDF-1.7\n\xe2\xe3\xcf\xd3", None, None),
        ("image/png", b"\x89PNG\xff", None, None),
        ("audio/mpeg", b"\xff\xfea\0", None, None),
        ("application/x-java-serialized-object", b"\xac\xed\0\x05", None, None),
    ],
)
def test_any_other_type_is_text_where_it_is_text_and_bytes_in_any_case(
    content_type: str, raw: bytes, charset: str | None, text: str | None
) -> None:
    body = read_body(content_type, raw)
    assert (body["kind"], body["charset"], body["text"]) == ("bytes" if text is None else "text", charset, text)
    assert base64.b64decode(body["bytes"]) == raw
    assert body["json"] is body["form"] is body["files"] is None


def test_a_form_with_files_has_both() -> None:
    png = b"\x89PNG\r\n--x yz\r\n\0"
    raw = multipart(
        (field("title"), "Grüße".encode()),
        (field("title"), b""),
        (field("report") + "; filename=a.png\nContent-Type: image/png", png),
        (field("notes") + "; filename*=UTF-8''n%C3%BC.txt\nContent-Type: text/plain", b"line\r\n"),
        (field("meta") + "\nContent-Type: application/json", b'{"n": 1}'),
        (field("raw") + "\nContent-Type: application/octet-stream", b"\0"),
    )
    body = read_body(MIXED, b"a preamble that nobody reads\r\n" + raw + b"an epilogue")
    assert body["kind"] == "multipart"
    assert body["form"] == {"title": ["Grüße", ""], "meta": '{"n": 1}'}
    files = body["files"]
    assert {name: (one["filename"], one["content_type"], one["size"]) for name, one in files.items()} == {
        "report": ("a.png", "image/png", len(png)), "notes": ("nü.txt", "text/plain", 6),
        "raw": (None, "application/octet-stream", 1),
    }  # fmt: skip
    assert base64.b64decode(files["report"]["bytes"]) == png
    assert (files["report"]["text"], files["notes"]["text"]) == (None, "line\r\n")


def test_a_body_of_parts_that_is_no_form_has_them_as_files() -> None:
    raw = multipart(("Content-Type: text/plain", b"one"), ("Content-Type: text/plain", b"two"), line=b"\n")
    body = read_body('multipart/mixed; boundary="x y"', raw)
    assert [one["text"] for one in body["files"][""]] == ["one", "two"]
    assert body["form"] == {}


@pytest.mark.parametrize(
    ("content_type", "raw"),
    [
        ("multipart/form-data", b"--x--"),
        ("multipart/form-data; boundary=x", b"nothing"),
        ("multipart/form-data; boundary=x", b"--x\r\n" + field("a").encode() + b"\r\n\r\n1"),
        ("multipart/form-data; boundary=x", b"--x\r\nno end of headers\r\n--x--"),
        ("multipart/form-data; boundary=x", b"--x\r\nA: " + b"b" * 10_000 + b"\r\n\r\n1\r\n--x--"),
        ("application/x-ndjson", b"{}\n{"),
        (JSON, b"\xff"),
        (JSON, b"a=1"),
        ("application/vnd.api+json", b"{"),
    ],
)
def test_what_is_not_what_it_says_is_400(content_type: str, raw: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        read_body(content_type, raw)
    assert (refused.value.code, refused.value.status) == ("body_invalid", 400)


@pytest.mark.parametrize(
    ("content_type", "raw"),
    [
        (FORM, b"&" * MAX_FORM_FIELDS),
        ("application/x-ndjson", b"1\n" * (MAX_JSON_LINES + 1)),
        (MIXED, multipart(*[(field("a"), b"")] * (MAX_PARTS + 1))),
    ],
    ids=["fields", "lines", "parts"],
)
def test_too_many_of_anything_is_413(content_type: str, raw: bytes) -> None:
    with pytest.raises(TooLarge):
        read_body(content_type, raw)


def test_nothing_is_nothing_whatever_its_type() -> None:
    for content_type in ("", JSON, FORM, "video/mp4", "multipart/form-data", "application/x-unheard-of"):
        body = read_body(content_type, b"")
        assert (body["kind"], body["size"]) == ("empty", 0)
        assert {body[name] for name in ("text", "json", "form", "files", "bytes")} == {None}


def test_an_option_of_a_header_is_found_as_senders_write_it() -> None:
    assert option_of('a/b; x=";charset=no"; Charset="u\\"8"', "charset") == 'u"8'
    assert option_of("a/b;charset=utf-8;", "charset") == "utf-8"
    assert option_of("a/b; charset='utf-8'", "charset") == "utf-8"
    assert option_of("a/b; xcharset=1", "charset") == ""


_TYPES = st.sampled_from(
    ["", JSON, FORM, "text/plain", "text/plain; charset=utf-16", "application/pdf", "multipart/form-data; boundary=x",
     "application/x-ndjson", FORM + "; charset=gbk", "application/json; charset=hz"]
)  # fmt: skip
_PIECES = st.lists(
    st.sampled_from([b"--x", b"\r\n", b"{", b"}", b"a=1", b"&", b"%ff", b"\xff\xfe", b"\0", b'"', b": "])
)


@given(st.binary(max_size=200) | _PIECES.map(b"".join), _TYPES)
@settings(max_examples=400)
def test_any_bytes_are_read_or_refused_and_what_is_read_can_be_stored(raw: bytes, content_type: str) -> None:
    with contextlib.suppress(Invalid):
        body = read_body(content_type, raw)
        assert json.dumps(body, allow_nan=False, ensure_ascii=False).encode("utf-8")

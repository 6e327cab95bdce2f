"""Jupyter messages on the wire, checked against jupyter_client's own session."""

from __future__ import annotations

import pytest
import zmq
from jupyter_client.session import Session

from notebook_automation.execution.wire import DELIMITER, Wire

KEY = b"a key"


def test_jupyter_client_reads_what_we_send() -> None:
    theirs = Session(key=KEY)
    wire = Wire(KEY)
    sent = wire.compose("execute_request", {"code": "é\ud800"}, metadata={"cellId": "c"})
    _, frames = theirs.feed_identities(wire.encode(sent))
    read = theirs.deserialize(frames)
    assert read["content"] == {"code": "é\ud800"}
    assert read["metadata"] == {"cellId": "c"}
    assert (read["msg_type"], read["msg_id"]) == ("execute_request", sent["msg_id"])


def test_we_read_what_jupyter_client_sends() -> None:
    theirs = Session(key=KEY)
    message = theirs.msg("stream", {"name": "stdout", "text": "hi"}, parent={"header": {}, "msg_id": "p"})
    frames = [b"topic", *theirs.serialize(message), b"buffer"]
    read = Wire(KEY).decode(frames)
    assert read is not None
    assert read["content"] == {"name": "stdout", "text": "hi"}
    assert read["msg_type"] == "stream"
    assert read["buffers"] == [b"buffer"]


def test_a_wrong_signature_or_shape_is_no_message() -> None:
    frames = Wire(b"another key").encode(Wire(KEY).compose("status", {}))
    assert Wire(KEY).decode(frames) is None
    assert Wire(KEY).decode([b"no", b"delimiter"]) is None
    assert Wire(b"").decode([DELIMITER, b"", b"{}"]) is None


def test_without_a_key_nothing_is_signed() -> None:
    frames = Wire(b"").encode(Wire(b"").compose("status", {"a": 1}))
    assert frames[1] == b""
    assert Wire(b"").decode(frames)["content"] == {"a": 1}  # type: ignore[index]


def test_content_that_nobody_wants_is_not_parsed() -> None:
    wire = Wire(KEY)
    frames = wire.encode(wire.compose("stream", {"text": "x" * 100}, parent={"msg_id": "p"}))
    asked = []
    read = wire.decode(frames, lambda *about: bool(asked.append(about)))
    assert read is not None
    assert read["unread"]
    assert read["content"] == {}
    assert asked == [("stream", "p", read["size"])]


@pytest.mark.parametrize("raw", [b'{"a": NaN}', b'{"a": "\\ud800"}'])
def test_json_as_python_kernels_write_it(raw: bytes) -> None:
    wire = Wire(b"")
    frames = wire.encode(wire.compose("display_data", {}))
    read = wire.decode([*frames[:5], raw])
    assert read is not None
    assert "a" in read["content"]


def test_an_unknown_signature_scheme_is_refused() -> None:
    with pytest.raises(ValueError, match="signature scheme"):
        Wire(KEY, "md5-something")


def test_frames_are_plain_bytes_for_zmq() -> None:
    with zmq.Context() as context, context.socket(zmq.PAIR) as a, context.socket(zmq.PAIR) as b:
        a.bind("inproc://t")
        b.connect("inproc://t")
        wire = Wire(KEY)
        a.send_multipart(wire.encode(wire.compose("status", {})))
        assert wire.decode(b.recv_multipart()) is not None

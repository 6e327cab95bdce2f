"""Jupyter messages as ZeroMQ frames: signing, encoding, decoding (Jupyter messaging protocol 5.4)."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

DELIMITER = b"<IDS|MSG>"
PROTOCOL = "5.4"

Message = dict[str, Any]
"""``header, msg_id, msg_type, parent_header, metadata, content, buffers`` as jupyter_client has them, plus ``size``,
the bytes of the content. A message that nobody wanted has ``content`` empty and ``unread`` True."""

Wanted = Callable[[str, str | None, int], bool]
"""(message type, parent's message id, bytes of the content) → shall the content be read?"""


class Wire:
    """Encodes and decodes the messages of one client of one kernel.

    ``key`` empty means unsigned; ``scheme`` is the connection file's ``signature_scheme`` (``hmac-<hash name>``).
    """

    def __init__(self, key: bytes, scheme: str = "hmac-sha256") -> None:
        kind, _, digest = scheme.partition("-")
        if kind != "hmac" or digest not in hashlib.algorithms_available:
            raise ValueError(f"Unknown signature scheme {scheme!r} in the kernel's connection information.")
        self._key = key
        self._digest = digest
        self._session = uuid.uuid4().hex
        self._sent = 0

    @property
    def identity(self) -> bytes:
        return self._session.encode()

    def compose(
        self,
        msg_type: str,
        content: Mapping[str, Any],
        parent: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Message:
        """A message with a new id, ready for `encode`."""
        self._sent += 1
        header = {
            "msg_id": f"{self._session}_{self._sent}",
            "msg_type": msg_type,
            "username": "notebook-automation",
            "session": self._session,
            "date": datetime.now(UTC).isoformat(),
            "version": PROTOCOL,
        }
        return {
            "header": header,
            "msg_id": header["msg_id"],
            "msg_type": msg_type,
            "parent_header": dict(parent or {}),
            "metadata": dict(metadata or {}),
            "content": dict(content),
        }

    def encode(self, message: Message) -> list[bytes]:
        parts = [
            json.dumps(message[name], default=str).encode()
            for name in ("header", "parent_header", "metadata", "content")
        ]
        return [DELIMITER, self._sign(parts), *parts]

    def decode(self, frames: Sequence[bytes], wanted: Wanted | None = None) -> Message | None:
        """The message in ``frames``; None where it is malformed or its signature is wrong."""
        try:
            at = frames.index(DELIMITER)
        except ValueError:
            return None
        parts = frames[at + 2 : at + 6]
        if len(parts) < 4 or (self._key and not hmac.compare_digest(frames[at + 1], self._sign(parts))):
            return None
        header: dict[str, Any] = orjson.loads(parts[0])
        parent: dict[str, Any] = orjson.loads(parts[1])
        size = len(parts[3])
        message: Message = {
            "header": header,
            "msg_id": header["msg_id"],
            "msg_type": header["msg_type"],
            "parent_header": parent,
            "size": size,
            "buffers": frames[at + 6 :],
        }
        if wanted is not None and not wanted(header["msg_type"], parent.get("msg_id"), size):
            message.update(metadata={}, content={}, unread=True)
        else:
            message.update(metadata=orjson.loads(parts[2]), content=_content(parts[3]))
        return message

    def _sign(self, parts: Sequence[bytes]) -> bytes:
        if not self._key:
            return b""
        digest = hmac.new(self._key, digestmod=self._digest)
        for part in parts:
            digest.update(part)
        return digest.hexdigest().encode()


def _content(raw: bytes) -> Any:
    """JSON as kernels send it: Python's may hold NaN and lone surrogates, which a strict parser refuses."""
    try:
        return orjson.loads(raw)
    except ValueError:
        return json.loads(raw.decode("utf-8", "replace"))

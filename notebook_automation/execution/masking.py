"""Hides secrets in what a kernel sends, where it comes in: before outputs, logs and errors are made of it."""

from __future__ import annotations

from collections.abc import Callable

from notebook_automation.domain.masking import Masker

from .channel import Line
from .wire import Message

Deliver = Callable[[Line, Message], None]


class MaskedMessages:
    """Hands messages on to ``deliver`` without the secrets.

    What a cell prints comes in pieces, and so may a secret: the end of a piece that may begin one waits for the next
    piece of its stream, at most until the cell shows something else or ends.
    """

    def __init__(self, masker: Masker, deliver: Deliver) -> None:
        self._masker = masker
        self._deliver = deliver
        self._withheld: dict[tuple[str, str], Message] = {}

    def __call__(self, line: Line, message: Message) -> None:
        cell = str(message["parent_header"].get("msg_id"))
        content = message["content"]
        if message["msg_type"] == "stream" and isinstance(content.get("text"), str):
            key = (cell, str(content.get("name")))
            before = self._withheld.pop(key, None)
            earlier = before["content"]["text"] if before is not None else ""
            now, rest = self._masker.split(earlier + content["text"])
            if rest:
                self._withheld[key] = {**message, "content": {**content, "text": rest}}
            if now:
                self._deliver(line, {**message, "content": {**content, "text": now}})
            return
        if line == "iopub":
            for key in [key for key in self._withheld if key[0] == cell]:
                self._deliver(line, self._withheld.pop(key))
        message["content"] = self._masker.value(content)
        self._deliver(line, message)

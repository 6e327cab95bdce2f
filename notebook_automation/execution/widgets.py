"""The line to the kernel that nbclient's Output widget mimic speaks through."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .channel import KernelChannel
from .wire import Message


class WidgetLine:
    """What `nbclient.output_widget.OutputWidget` uses of a kernel client: ``session.msg`` and
    ``shell_channel.send``."""

    def __init__(self, channel: KernelChannel) -> None:
        self._channel = channel

    @property
    def session(self) -> WidgetLine:
        return self

    @property
    def shell_channel(self) -> WidgetLine:
        return self

    def msg(
        self,
        msg_type: str,
        content: Mapping[str, Any] | None = None,
        parent: Mapping[str, Any] | None = None,
        metadata: Mapping[str, Any] | None = None,
    ) -> Message:
        return self._channel.wire.compose(msg_type, content or {}, parent, metadata)

    def send(self, message: Message) -> None:
        self._channel.send_message(message)

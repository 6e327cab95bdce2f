"""The browser side of our own widgets, and the requests that it makes by way of the kernel where it has no other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import anywidget

from notebook_automation.sdk import location
from notebook_automation.sdk.client import Client
from notebook_automation.sdk.errors import NotConnected, Refused, SdkError

_STATIC = Path(__file__).parent / "static"
_METHODS = ("GET", "POST", "PUT")
_PATH = re.compile(r"inquiries(/\w+)*", re.ASCII)
"""What a page may ask for by way of the kernel: inquiries, and nothing else that the kernel may do."""


@cache
def script(*names: str) -> str:
    """Return the files ``names`` of `static/` as one module: a widget's page cannot fetch others."""
    return "\n".join((_STATIC / f"{name}.js").read_text(encoding="utf-8") for name in names)


@cache
def style() -> str:
    """Return the styles of all our widgets."""
    return (_STATIC / "style.css").read_text(encoding="utf-8")


class AskingWidget(anywidget.AnyWidget):
    """A widget whose browser side asks the server: by itself in Jupyter's pages, so that it works while a cell runs.

    An editor's page has no way to the server: there the kernel asks for it, when it is free.
    """

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        self.on_msg(self._on_request)

    def _on_request(self, _widget: object, content: Mapping[str, Any], _buffers: object) -> None:
        self.send({"id": content.get("id"), **answer_to(content)})


def answer_to(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``status`` and ``body`` of the request ``{method, path, body}`` of a page; of an error its text."""
    path, _, query = str(content.get("path")).partition("?")
    method = content.get("method")
    if method not in _METHODS or not _PATH.fullmatch(path):
        return {"status": 400, "body": "A widget may ask for inquiries only."}
    more = {} if content.get("body") is None else {"json": content["body"]}
    try:
        client = Client(location.find(), channel="widget")
    except SdkError as error:
        return {"status": 503, "body": str(error)}
    try:
        return {"status": 200, "body": client.call(method, path, query=dict(parse_qsl(query)), **more)}
    except Refused as refused:
        return {"status": refused.status, "body": str(refused)}
    except NotConnected as error:
        return {"status": 503, "body": str(error)}
    finally:
        client.close()

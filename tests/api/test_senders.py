"""Deliveries as well-known services send them: stored whole, read by a filter, and known when they come again."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from serving import Server

SAMPLES: dict[str, dict[str, Any]] = json.loads((Path(__file__).parents[1] / "data/deliveries.json").read_text())
BOUNDARY = "xYzZY"


def content(sample: dict[str, Any]) -> bytes:
    """The body of a delivery, written as its sender writes it."""
    if "form" in sample:
        return urlencode(sample["form"]).encode()
    if "multipart" in sample:
        return b"".join(part(*one) for one in sample["multipart"]) + f"--{BOUNDARY}--\r\n".encode()
    if "gzip" in sample:
        return gzip.compress(sample["gzip"].encode())
    return (sample["text"] if "text" in sample else json.dumps(sample["json"])).encode()


def part(name: str, value: str, filename: str | None = None) -> bytes:
    file = "" if filename is None else f'; filename="{filename}"\r\nContent-Type: application/octet-stream'
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{file}\r\n\r\n{value}\r\n'.encode()


@pytest.mark.parametrize("sender", SAMPLES)
def test_a_delivery_of_a_well_known_sender(server: Server, sender: str) -> None:
    sample = SAMPLES[sender]
    number = list(SAMPLES).index(sender)
    url = server.trigger(name=f"sender-{number}", type="webhook", filter=sample["filter"])["url"]
    headers = {"Content-Type": sample["content_type"], **sample["headers"]}
    first = server.stranger.post(url, content=content(sample), headers=headers)
    assert first.status_code == 202, first.text
    event = server.api.get(f"events/{first.json()['event_id']}").json()
    assert len(event["session_ids"]) == 1, event["reason"]
    data = event["data"]
    assert data["json"] == sample.get("data_json", sample.get("json"))
    assert data["body"]["kind"] == sample["read_as"]
    again = server.stranger.post(url, content=content(sample), headers={**headers, **sample.get("headers_again", {})})
    assert again.status_code == 202
    assert ("X-Event-Repeated" in again.headers) == (again.json() == first.json()) == sample["known_again"]

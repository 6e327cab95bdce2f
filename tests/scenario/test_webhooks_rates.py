"""A webhook that gets too much, and an address that sends too much: 429, nothing stored, others are served."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from serving import Server, serve

from notebook_automation.domain.ids import new_slug


@pytest.fixture(scope="module")
def sender() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=20, trust_env=False) as client:
        yield client


def limited(folder: Path, setting: str) -> tuple[str, ...]:
    return ("--NotebookAutomationApp.run_engine=False", f"--NotebookAutomationApp.{setting}=1")


def test_one_webhook_takes_no_more_than_its_rate_and_others_go_on(tmp_path: Path, sender: httpx.Client) -> None:
    with serve(tmp_path, *limited(tmp_path, "webhook_rate")) as server:
        busy, other = (str(server.trigger(name=name, type="webhook")["url"]) for name in ("busy", "other"))
        answers = [sender.post(busy, json={"n": number}) for number in range(30)]
        accepted = [answer for answer in answers if answer.status_code == 202]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert len(accepted) + len(refused) == 30
        assert refused
        assert refused[0].json()["code"] == "too_many_requests"
        assert "webhook_rate" in refused[0].json()["detail"]
        assert int(refused[0].headers["Retry-After"]) >= 1
        assert sender.post(other, json={}).status_code == 202
        assert stored(server, "busy") == len(accepted)


def test_one_address_sends_no_more_than_its_rate_whatever_it_names(tmp_path: Path, sender: httpx.Client) -> None:
    with serve(tmp_path, *limited(tmp_path, "webhook_source_rate")) as server:
        url = str(server.trigger(name="hook", type="webhook")["url"])
        there = [sender.post(url, json={}).status_code for _ in range(20)]
        guessed = [sender.post(f"{url.rpartition('/')[0]}/{new_slug()}", json={}).status_code for _ in range(20)]
        assert set(there) == {202, 429}
        assert 429 in guessed
        assert set(guessed) <= {404, 429}
        assert stored(server, "hook") == there.count(202)


def stored(server: Server, name: str) -> int:
    """How many deliveries are there that were not refused."""
    found = server.api.get("events", params={"trigger": f"sales/{name}", "limit": 200}).json()["items"]
    return sum(event["refusal"] is None for event in found)

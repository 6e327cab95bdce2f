"""Of each known sender: what it signs runs once, what others forge or send again runs never; on both databases."""

from __future__ import annotations

import itertools
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest
from eventually import wait_until
from serving import Server, serve
from signing import SENDERS, Signed, sample_body

from notebook_automation.domain.signature_presets import PRESETS
from notebook_automation.services.refusals import KEPT

NUMBERS = itertools.count()
_CODE = re.compile(r"[0-9A-Za-z+/]{16,}")
UNSIGNED_BODY = {"token", "basic", "gitlab"}
"""Whose credential says nothing of the body."""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    url = "" if request.param == "sqlite" else request.getfixturevalue("_migrated_postgres_url")
    options = (f"--NotebookAutomationApp.database_url={url}", "--NotebookAutomationApp.run_engine=False")
    with serve(tmp_path_factory.mktemp("forged"), *options) as running:
        yield running


@pytest.mark.parametrize("sender", SENDERS)
def test_only_what_the_sender_signs_runs_and_once(server: Server, sender: str) -> None:
    trigger = _trigger(server, sender)
    url, now = trigger["url"], time.time()
    genuine = SENDERS[sender](sample_body(sender), now, url)
    _set_secret(server, trigger, genuine.secret)
    forged = _forged(sender, genuine, url, now)

    def send(delivery: Signed, **headers: str) -> httpx.Response:
        return server.stranger.post(url, content=delivery.body, headers={**delivery.headers, **headers})

    first = send(genuine)
    assert first.status_code == 202, first.text
    timed = bool(PRESETS[sender].scheme.timestamp)
    if timed:
        # Recorded and sent again under an id of the forger's own.
        forged["replayed"] = genuine
    answers = {
        what: send(delivery, **({"Idempotency-Key": f"mine-{what}"} if what == "replayed" else {}))
        for what, delivery in forged.items()
    }
    assert {what: answer.status_code for what, answer in answers.items()} == dict.fromkeys(forged, 401)
    for answer in answers.values():
        assert set(answer.json()) == {"type", "title", "status", "detail", "code", "instance"}
        assert answer.json()["code"] == "signature_refused"
    # All of them at once, and the genuine one again in between.
    with ThreadPoolExecutor(4) as at_once:
        crowd = [*forged.values()] * 3
        mixed = [genuine.with_header("X-Note", "again"), *crowd] if timed else crowd
        codes = [answer.status_code for answer in at_once.map(send, mixed)]
    assert codes.count(202) <= 1 + crowd.count(genuine)
    query = {"trigger": trigger["ref"]}
    assert len(server.api.get("sessions", params=query).json()["items"]) == 1

    def refusals() -> list[dict[str, Any]]:
        events = server.api.get("events", params=query).json()["items"]
        return [event for event in events if event["refusal"]]

    wait_until(refusals)
    assert 1 <= len(refusals()) <= KEPT
    assert all(event["refusal"]["status"] == 401 for event in refusals())
    assert server.api.get(f"triggers/{trigger['id']}").json()["last_refusal"]["status"] == 401


def _forged(sender: str, genuine: Signed, url: str, now: float) -> dict[str, Signed]:
    """What somebody sends who has seen one delivery and does not know the secret."""
    signature = genuine.headers[genuine.signature]
    forged = {
        "unsigned": genuine.without(genuine.signature),
        "empty": genuine.with_header(genuine.signature, ""),
        "another code": genuine.with_header(genuine.signature, _another(signature)),
        "half a code": genuine.with_header(genuine.signature, _CODE.sub(lambda code: code[0][:8], signature)[:-1]),
    }
    if sender not in UNSIGNED_BODY:
        forged["one space more"] = replace(genuine, body=genuine.body + b" ")
        forged["another body"] = replace(genuine, body=genuine.body.replace(b"1", b"2") + b"\n")
    if PRESETS[sender].scheme.timestamp:
        forged["of yesterday"] = SENDERS[sender](genuine.body, now - 86400, url)
        forged["of tomorrow"] = SENDERS[sender](genuine.body, now + 86400, url)
    return forged


def _another(signature: str) -> str:
    """Return a signature whose codes are others, or a credential read backwards."""
    changed = _CODE.sub(lambda code: code[0][::-1].swapcase(), signature)
    return changed if changed != signature else signature[::-1]


def _trigger(server: Server, sender: str) -> dict[str, Any]:
    project = f"forged{next(NUMBERS)}"
    notebook = server.notebook(f"{project}/report.ipynb", "1 + 1")
    signature = {"preset": sender, "secret": "HOOK_SECRET"}
    return server.trigger(name="hook", type="webhook", notebook=notebook, signature=signature)


def _set_secret(server: Server, trigger: dict[str, Any], value: str) -> None:
    path = f"projects/{trigger['project']}/variables/HOOK_SECRET"
    assert server.api.put(path, json={"value": value, "secret": True}).status_code == 200
    server.services.events.forget_triggers()

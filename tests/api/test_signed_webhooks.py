"""Webhooks that take only what is signed: over HTTP, as their senders sign, and as others try to."""

from __future__ import annotations

import gzip
import itertools
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx
import pytest
from eventually import wait_until
from serving import Server
from signing import SENDERS, Signed, sample_body

from notebook_automation.domain.rate_limits import TokenBuckets
from notebook_automation.domain.signature_presets import PRESETS
from notebook_automation.services.trigger_views import RECENT

NUMBERS = itertools.count()
TIMED = [name for name in SENDERS if PRESETS[name].scheme.timestamp]
Hook = Callable[..., "Webhook"]
senders = pytest.mark.parametrize("sender", SENDERS)


class Webhook:
    """A trigger that takes what ``preset`` signs by the secret HOOK_SECRET of its project."""

    def __init__(self, server: Server, preset: str, **fields: Any) -> None:
        self.server, self.preset = server, preset
        project = f"signed{next(NUMBERS)}"
        notebook = server.notebook(f"{project}/report.ipynb", "1 + 1")
        signature = {"preset": preset, "secret": "HOOK_SECRET", **fields}
        self.stored = server.trigger(name="hook", type="webhook", notebook=notebook, signature=signature)
        self.project, self.url = self.stored["project"], self.stored["url"]

    def set_secret(self, value: str, name: str = "HOOK_SECRET", *, secret: bool = True) -> None:
        path = f"projects/{self.project}/variables/{name}"
        assert self.server.api.put(path, json={"value": value, "secret": secret}).status_code == 200
        # The same server's webhooks hear of it as those of another server do.
        self.server.services.events.forget_triggers()

    def signed(self, *, at: float | None = None, body: bytes | None = None) -> Signed:
        content = sample_body(self.preset) if body is None else body
        return SENDERS[self.preset](content, time.time() if at is None else at, self.url)

    def send(self, delivery: Signed, **headers: str) -> httpx.Response:
        return self.server.stranger.post(self.url, content=delivery.body, headers={**delivery.headers, **headers})

    @property
    def shown(self) -> dict[str, Any]:
        return self.server.api.get(f"triggers/{self.stored['id']}").json()

    def refusals(self) -> list[str]:
        events = self.server.api.get("events", params={"trigger": self.stored["ref"]}).json()["items"]
        return [event["refusal"]["code"] for event in events if event["refusal"]]

    def sessions(self) -> int:
        return len(self.server.api.get("sessions", params={"trigger": self.stored["ref"]}).json()["items"])

    def is_refused(self, answer: httpx.Response, why: str) -> None:
        """The sender is told nothing of use, the owner all; nothing runs."""
        assert answer.status_code == 401, answer.text
        assert answer.json()["code"] == "signature_refused"
        assert why not in answer.text
        wait_until(lambda: why in self.refusals())
        refusal = self.shown["last_refusal"]
        assert (refusal["code"], refusal["status"]) == (why, 401)
        assert self.shown["refusals"][0] == refusal


@pytest.fixture
def hook(server: Server) -> Hook:
    def make(preset: str, secret: str | None = None, **fields: Any) -> Webhook:
        webhook = Webhook(server, preset, **fields)
        value = webhook.signed().secret if secret is None else secret
        if value:
            webhook.set_secret(value)
        return webhook

    return make


@senders
def test_what_its_sender_signs_runs_once(hook: Hook, sender: str) -> None:
    webhook = hook(sender)
    answer = webhook.send(webhook.signed())
    assert answer.status_code == 202, answer.text
    assert webhook.sessions() == 1
    assert webhook.shown["signature"] == {
        "preset": sender, "title": PRESETS[sender].title, "secret": "HOOK_SECRET", "old_secret": None,
        "secrets_live": 1,
    }  # fmt: skip


@senders
def test_what_another_signs_is_refused_and_its_owner_sees_why(hook: Hook, sender: str) -> None:
    webhook = hook(sender, hook(sender).signed().other)
    webhook.is_refused(webhook.send(webhook.signed()), "signature_wrong")
    assert webhook.sessions() == 0


@pytest.mark.parametrize("value", ["", " ", None])
def test_without_a_secret_nothing_is_taken(hook: Hook, value: str | None) -> None:
    webhook = hook("github", "")
    if value is not None:
        webhook.set_secret(value)
    webhook.is_refused(webhook.send(webhook.signed()), "secret_missing")
    assert webhook.shown["signature"]["secrets_live"] == 0
    assert [problem["code"] for problem in webhook.shown["problems"]] == ["secret_missing"]


def test_the_last_refusals_are_shown_newest_first_and_a_list_leaves_them_out(server: Server, hook: Hook) -> None:
    webhook = hook("github")
    for number in range(RECENT + 2):
        webhook.send(webhook.signed(), **{"X-Hub-Signature-256": f"sha256={number}"})
        # One a second is kept: the time is over for this one.
        server.services.events.refusals._rates = TokenBuckets(1.0)
        wait_until(lambda: len(webhook.refusals()) > number)  # noqa: B023
    refusals = webhook.shown["refusals"]
    assert len(refusals) == RECENT
    times = [one["at"] for one in refusals]
    assert times == sorted(times, reverse=True)
    assert refusals[0] == webhook.shown["last_refusal"]
    [listed] = server.api.get("triggers", params={"project": webhook.project}).json()["items"]
    assert (listed["refusals"], listed["last_refusal"]) == ([], refusals[0])


def test_what_is_not_signed_is_refused(hook: Hook) -> None:
    webhook = hook("github")
    webhook.is_refused(webhook.server.stranger.post(webhook.url, json={"id": 1}), "signature_missing")


@pytest.mark.parametrize("sender", TIMED)
def test_what_was_signed_long_ago_is_refused(hook: Hook, sender: str) -> None:
    webhook = hook(sender)
    webhook.is_refused(webhook.send(webhook.signed(at=time.time() - 86400)), "signature_stale")


@pytest.mark.parametrize("sender", TIMED)
def test_a_copy_under_another_id_is_refused(hook: Hook, sender: str) -> None:
    webhook = hook(sender)
    delivery = webhook.signed()
    first = webhook.send(delivery)
    again = webhook.send(delivery)
    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["X-Event-Repeated"] == "true"
    webhook.is_refused(webhook.send(delivery, **{"Idempotency-Key": "mine"}), "delivery_replayed")
    assert webhook.sessions() == 1


def test_of_copies_that_come_at_once_one_runs(hook: Hook) -> None:
    webhook = hook("slack")
    delivery = webhook.signed()
    with ThreadPoolExecutor(8) as senders_at_once:
        answers = [*senders_at_once.map(lambda n: webhook.send(delivery, **{"Idempotency-Key": str(n)}), range(24))]
    assert sorted(answer.status_code for answer in answers) == [202] + [401] * 23
    assert webhook.sessions() == 1


def test_two_secrets_are_good_while_one_is_changed(hook: Hook) -> None:
    webhook = hook("stripe")
    old = webhook.signed()
    webhook.set_secret(old.other, "NEW_SECRET")
    trigger = f"triggers/{webhook.stored['id']}"
    signature = {"preset": "stripe", "secret": "NEW_SECRET", "old_secret": "HOOK_SECRET"}
    changed = webhook.server.api.patch(trigger, json={"signature": signature}).json()
    assert changed["signature"]["secrets_live"] == 2
    assert webhook.send(old).status_code == 202
    # What was read can be sent back.
    one = {**changed["signature"], "old_secret": None}
    assert webhook.server.api.patch(trigger, json={"signature": one}).json()["signature"]["secrets_live"] == 1
    webhook.is_refused(webhook.send(webhook.signed(at=time.time() - 5)), "signature_wrong")


@pytest.mark.parametrize("sender", ["token", "basic", "gitlab"])
def test_a_credential_is_kept_nowhere(hook: Hook, sender: str) -> None:
    webhook = hook(sender)
    delivery = webhook.signed()
    wrong = delivery.with_header(delivery.signature, f"{delivery.headers[delivery.signature]}x")
    event_id = webhook.send(delivery).json()["event_id"]
    webhook.is_refused(webhook.send(wrong), "signature_wrong")
    events = webhook.server.api.get("events", params={"trigger": webhook.stored["ref"]}).json()["items"]
    shown = [webhook.server.api.get(f"events/{one['id']}").json() for one in events]
    assert event_id in [one["id"] for one in shown]
    value = delivery.headers[delivery.signature]
    for text in (value, value.partition(" ")[2] or value, delivery.secret):
        assert text not in json.dumps([shown, webhook.shown])


def test_a_secret_is_in_no_answer_and_in_no_export(hook: Hook) -> None:
    webhook = hook("github", "canary-8231")
    export = webhook.server.api.get(f"projects/{webhook.project}/export").json()["manifest"]
    assert "secret: HOOK_SECRET" in export
    listed = webhook.server.api.get("triggers", params={"project": webhook.project}).text
    variables = webhook.server.api.get(f"projects/{webhook.project}/variables").text
    for text in (export, listed, variables, json.dumps(webhook.shown)):
        assert "canary-8231" not in text
    applied = webhook.server.api.post("projects/apply", json={"manifest": export, "path": webhook.project}).json()
    assert {step["change"] for step in applied["plan"]} == {"same"}


def test_a_variable_that_all_may_read_is_no_secret(hook: Hook) -> None:
    webhook = hook("github", "")
    webhook.set_secret("s3cret", secret=False)
    assert [notice["code"] for notice in webhook.shown["warnings"]] == ["secret_open"]


def test_basic_says_how_to_sign_in(hook: Hook) -> None:
    webhook = hook("basic")
    answer = webhook.server.stranger.post(webhook.url, json={})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    ("sender", "asked", "answered"),
    [
        ("slack", {"type": "url_verification", "challenge": "abc"}, {"challenge": "abc"}),
        ("zoom", {"event": "endpoint.url_validation", "payload": {"plainToken": "p"}}, "encryptedToken"),
        ("discord", {"type": 1, "token": "t"}, {"type": 1}),
    ],
)
def test_a_sender_that_asks_whether_somebody_is_there_is_answered(
    hook: Hook, sender: str, asked: Any, answered: Any
) -> None:
    webhook = hook(sender)
    delivery = webhook.signed(body=json.dumps(asked).encode())
    answer = webhook.send(delivery)
    assert answer.status_code == 200
    assert answer.json() == answered or answered in answer.json()
    assert webhook.server.api.get("events", params={"trigger": webhook.stored["ref"]}).json()["items"] == []
    # Whoever cannot sign learns nothing.
    forged = replace(delivery, body=delivery.body + b" ")
    webhook.is_refused(webhook.send(forged), "signature_wrong")


def test_a_packed_body_is_verified_as_it_was_before(hook: Hook) -> None:
    webhook = hook("github")
    delivery = webhook.signed()
    packed = replace(delivery, body=gzip.compress(delivery.body))
    assert webhook.send(packed, **{"Content-Encoding": "gzip"}).status_code == 202


def test_it_stays_until_it_is_taken_off_in_words(hook: Hook) -> None:
    webhook = hook("github")
    put, path = webhook.server.api.put, f"triggers/{webhook.project}/hook"
    body: dict[str, Any] = {"type": "webhook", "call": "report.ipynb"}
    manifest = f"project: {{name: {webhook.project}, triggers: [{{name: hook, type: webhook, call: report.ipynb}}]}}"
    apply = {"manifest": manifest, "path": webhook.project, "dry_run": False}
    assert put(path, json=body).json()["signature"]["preset"] == "github"
    assert webhook.server.api.post("projects/apply", json=apply).status_code == 200
    webhook.is_refused(webhook.server.stranger.post(webhook.url, json={}), "signature_missing")
    assert put(path, json={**body, "signature": {"preset": "none"}}).json()["signature"] is None
    assert webhook.server.stranger.post(webhook.url, json={}).status_code == 202


def test_what_cannot_be_a_signature_is_refused_with_its_field(server: Server) -> None:
    notebook = server.notebook("wrongly/report.ipynb", "1")
    body = {"name": "x", "type": "webhook", "notebook": notebook, "signature": {"preset": "githup", "secret": "S"}}
    answer = server.api.post("triggers", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "signature_invalid")
    body |= {"type": "manual", "signature": {"preset": "github", "secret": "S"}}
    assert server.api.post("triggers", json=body).json()["code"] == "trigger_invalid"

"""The page for Prometheus: read by its own parser, and by nobody whom it is not meant for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from eventually import wait_until
from prometheus_client.parser import text_string_to_metric_families
from serving import Server, serve

from notebook_automation.api.metrics_page import is_local


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own: it has the page."""
    options = ("--NotebookAutomationApp.run_engine=False", "--NotebookAutomationApp.metrics=True")
    with serve(tmp_path_factory.mktemp("measured"), *options) as running:
        yield running


def page(server: Server, **headers: str) -> httpx.Response:
    return httpx.get(f"{server.url}notebook-automation/metrics", headers=headers, trust_env=False, timeout=30)


def values(server: Server) -> dict[tuple[str, tuple[str, ...]], float]:
    answer = page(server)
    assert answer.status_code == 200, answer.text
    return {
        (sample.name.removeprefix("notebook_automation_"), tuple(sorted(sample.labels.values()))): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }


def test_what_happens_is_on_the_page(measured: Server) -> None:
    hook = measured.trigger(name="measured", type="webhook")
    answer = httpx.post(hook["url"], json={}, trust_env=False)
    [session] = answer.json()["session_ids"]
    assert values(measured)["requests_total", ("/webhooks/{slug}", "202", "POST")] == 1
    found = wait_until(lambda: (all_ := values(measured)).get(("events_total", ("post", "webhook"))) and all_)
    assert found["sessions", ("requested",)] == found["queue_length", ()] == 1
    assert found["queue_oldest_seconds", ()] > 0
    assert found["request_duration_seconds_count", ("/webhooks/{slug}", "POST")] == 1
    assert found["request_duration_seconds_bucket", ("+Inf", "/webhooks/{slug}", "POST")] == 1
    assert found["database_read_seconds", ()] > 0
    assert found["leader", ()] == 0
    measured.begin(session)
    measured.end(session, "completed")
    wait_until(lambda: values(measured).get(("session_duration_seconds_count", ("completed",))) == 1)


def test_without_a_token_it_is_for_this_machine_alone(measured: Server) -> None:
    for headers in ({"X-Forwarded-For": "192.0.2.7"}, {"Forwarded": "for=192.0.2.7"}, {"Host": "rebound.example:80"}):
        answer = page(measured, **headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "metrics_local"), headers
    assert "metrics_token" in answer.json()["detail"]


def test_with_a_token_it_is_for_whoever_sends_it(measured: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    services = measured.services
    with_token = replace(services, settings=replace(services.settings, metrics_token="m3trics"))
    host = measured.app.web_app.settings["notebook_automation"]

    async def others() -> object:
        return with_token

    monkeypatch.setattr(host, "services", others)
    for sent, status in (
        ({}, 401),
        ({"Authorization": "Bearer other"}, 401),
        ({"Authorization": "Bearer m3trics"}, 200),
    ):
        assert page(measured, **sent).status_code == status, sent


def test_it_is_not_there_unless_it_is_turned_on(server: Server) -> None:
    answer = page(server)
    assert (answer.status_code, answer.json()["code"]) == (404, "metrics_off")


@pytest.mark.parametrize(
    ("name", "local"),
    [
        ("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("[::1]", True), ("localhost", True),
        ("192.0.2.1", False), ("0.0.0.0", False), ("localhost.example", False), ("", False),
    ],
)  # fmt: skip
def test_what_is_of_this_machine(name: str, local: bool) -> None:
    assert is_local(name) is local

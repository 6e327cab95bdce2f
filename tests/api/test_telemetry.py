"""Traces join: from the caller by the request and the event to the session and its cells; by the real SDK."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from eventually import wait_until
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from serving import Server, serve

from notebook_automation.adapters import telemetry
from notebook_automation.domain.session_log import Cell
from notebook_automation.domain.traces import session_place
from notebook_automation.store import session_log

TRACE, CALLER = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
PARENT = f"00-{TRACE}-{CALLER}-01"


@dataclass
class Traced:
    """A server, and what it sends."""

    server: Server
    exporter: InMemorySpanExporter
    reader: InMemoryMetricReader

    def spans(self, trace: str) -> dict[str, ReadableSpan]:
        sender = self.server.services.telemetry
        assert sender is not None
        sender._spans.force_flush()
        found = self.exporter.get_finished_spans()
        return {span.name: span for span in found if f"{span.context.trace_id:032x}" == trace}

    def metrics(self) -> dict[str, list[Any]]:
        data = self.reader.get_metrics_data()
        assert data is not None
        found = [metric for one in data.resource_metrics for scope in one.scope_metrics for metric in scope.metrics]
        return {metric.name: list(metric.data.data_points) for metric in found}


@pytest.fixture(scope="module")
def traced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traced]:
    exporter, reader = InMemorySpanExporter(), InMemoryMetricReader()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(telemetry, "span_exporter", lambda: exporter)
        patch.setattr(telemetry, "metric_reader", lambda: reader)
        options = ("--NotebookAutomationApp.run_engine=False", "--NotebookAutomationApp.otel=True")
        with serve(tmp_path_factory.mktemp("traced"), *options) as server:
            yield Traced(server, exporter, reader)


def parent_of(span: ReadableSpan) -> str | None:
    return None if span.parent is None else f"{span.parent.span_id:016x}"


def id_of(span: ReadableSpan) -> str:
    assert span.context is not None
    return f"{span.context.span_id:016x}"


def test_from_the_caller_to_the_cell_it_is_one_trace(traced: Traced, monkeypatch: pytest.MonkeyPatch) -> None:
    server = traced.server
    hook = server.trigger(name="traced", type="webhook")
    headers = {"traceparent": PARENT, "X-Correlation-Id": "traced-1"}
    receipt = httpx.post(hook["url"], json={}, headers=headers, trust_env=False).json()
    [session] = receipt["session_ids"]
    with server.begin(session):
        cell = Cell(index=0, id="a", source_head="", status="ok", started_at=1.0, finished_at=2.0)
        server.run(server.database.write(lambda tx: session_log.set_cells(tx, session, [cell])))
        # Only a leading server sends what sessions were, and this one's engine does not run.
        monkeypatch.setattr(server.services.leadership, "active", True)
        server.end(session, "completed")
    name = "session report.ipynb"
    wait_until(lambda: "cell 1" in traced.spans(TRACE))
    spans = traced.spans(TRACE)
    request, stored, own = spans["POST /webhooks/{slug}"], spans["store event"], spans[name]
    assert parent_of(request) == CALLER
    assert parent_of(stored) == parent_of(own) == id_of(request)
    assert parent_of(spans["cell 1"]) == id_of(own)
    # What the session's code is told to hang its own spans on.
    request_place = f"00-{TRACE}-{id_of(request)}-01"
    assert session_place(session, request_place).split("-")[2] == id_of(own)
    assert request.attributes is not None
    assert dict(request.attributes)["correlation_id"] == "traced-1"
    assert hook["url"].rpartition("/")[2] not in "".join(span.to_json() for span in spans.values())


def test_who_is_not_sampled_by_its_caller_sends_nothing(traced: Traced) -> None:
    trace = "5" * 32
    traced.server.api.get("status", headers={"traceparent": f"00-{trace}-{CALLER}-00"})
    assert traced.spans(trace) == {}


def test_metrics_are_those_of_the_page(traced: Traced) -> None:
    traced.server.api.get("sessions/ses_none/steps")
    traced.server.run(traced.server.services.api_logs.flush())
    found = traced.metrics()
    [counted] = [
        point for point in found["notebook_automation.requests"]
        if point.attributes["http.route"] == "/api/v1/sessions/{id}/steps"
    ]  # fmt: skip
    assert (counted.value, counted.attributes["http.response.status_code"]) == (1, "404")
    assert found["notebook_automation.queue.oldest"][0].value >= 0


def test_a_server_without_it_has_none(server: Server) -> None:
    assert server.services.telemetry is None

"""OpenTelemetry: spans and metrics, by its own SDK, which is loaded where it is turned on.

Where they go to is said by the SDK's own environment variables (``OTEL_EXPORTER_OTLP_ENDPOINT`` and others).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from notebook_automation._version import __version__
from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.traces import Span

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.metrics.export import MetricReader
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span as SdkSpan

Measured = Mapping[tuple[tuple[str, str], ...], float]
"""Values by their labels."""
_NAME = "notebook_automation"
_wanted: ContextVar[tuple[int, int] | None] = ContextVar("na_span_ids", default=None)


def span_exporter() -> SpanExporter:
    """Return what sends spans away."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return OTLPSpanExporter()


def metric_reader() -> MetricReader:
    """Return what reads the metrics now and then, and sends them away."""
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
    from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

    return PeriodicExportingMetricReader(OTLPMetricExporter())


class RequestSpan:
    """The span of a request that is served; ``traceparent`` is its place."""

    def __init__(self, span: SdkSpan) -> None:
        self._span = span
        context = span.get_span_context()
        self.traceparent = f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"

    def end(self, route: str, method: str, status: int, correlation_id: str) -> None:
        """Say how the request was answered."""
        from opentelemetry.trace import StatusCode

        span = self._span
        span.update_name(f"{method} {route}")
        for name, value in (
            ("http.request.method", method), ("http.route", route), ("http.response.status_code", status),
            ("correlation_id", correlation_id),
        ):  # fmt: skip
            span.set_attribute(name, value)
        if status >= 500:
            span.set_status(StatusCode.ERROR)
        span.end()


class Telemetry:
    """Sends spans and metrics. Raises Unavailable (``otel_missing``) where the SDK is not installed."""

    def __init__(self) -> None:
        try:
            from opentelemetry.sdk.metrics import MeterProvider
            from opentelemetry.sdk.resources import Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
            from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

            exporter, reader = span_exporter(), metric_reader()
        except ImportError:
            raise Unavailable(
                "OpenTelemetry is not installed: pip install 'notebook-automation[otel]', or set otel to False.",
                code="otel_missing",
            ) from None

        class Ids(RandomIdGenerator):
            """Gives a span the ids that were said for it."""

            def generate_trace_id(self) -> int:
                wanted = _wanted.get()
                return super().generate_trace_id() if wanted is None else wanted[0]

            def generate_span_id(self) -> int:
                wanted = _wanted.get()
                return super().generate_span_id() if wanted is None else wanted[1]

        # The environment's OTEL_SERVICE_NAME goes before it.
        resource = Resource({"service.name": "notebook-automation", "service.version": __version__})
        resource = resource.merge(Resource.create()) if _names_service() else Resource.create().merge(resource)
        self._spans = TracerProvider(resource=resource, id_generator=Ids(), shutdown_on_exit=False)
        self._spans.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._spans.get_tracer(_NAME, __version__)
        self._metrics = MeterProvider([reader], resource=resource, shutdown_on_exit=False)
        self._meter = self._metrics.get_meter(_NAME, __version__)

    def begin_request(self, parent: str | None) -> RequestSpan:
        """Begin the span of a request that came with the place ``parent`` of its caller."""
        from opentelemetry.trace import SpanKind

        return RequestSpan(self._tracer.start_span("request", _context(parent), kind=SpanKind.SERVER))

    def add(self, given: Span) -> None:
        """Send a span of something that has ended."""
        from opentelemetry.trace import StatusCode

        token = _wanted.set(_ids(given.traceparent))
        try:
            span = self._tracer.start_span(
                given.name,
                _context(given.parent),
                attributes=dict(given.attributes),
                start_time=_nanoseconds(given.start),
            )
        finally:
            _wanted.reset(token)
        if given.error is not None:
            span.set_status(StatusCode.ERROR, given.error)
        span.end(_nanoseconds(max(given.start, given.end)))

    def measure(self, kind: str, name: str, text: str, read: Callable[[], Measured]) -> None:
        """Send what ``read`` gives, of a ``counter`` or a ``gauge``; it is called in a thread, now and then."""
        from opentelemetry.metrics import CallbackOptions, Observation

        def observe(_options: CallbackOptions) -> Iterable[Observation]:
            return [Observation(value, dict(labels)) for labels, value in read().items()]

        make: Any = self._meter.create_observable_counter if kind == "counter" else self._meter.create_observable_gauge
        make(f"{_NAME}.{name}", [observe], description=text)

    def close(self) -> None:
        """Send what is left; blocks for some seconds at most where nobody takes it."""
        self._spans.shutdown()
        self._metrics.shutdown()


def _names_service() -> bool:
    import os

    return "OTEL_SERVICE_NAME" in os.environ or "service.name=" in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "")


def _context(parent: str | None) -> Context:
    from opentelemetry.context import Context
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

    ids = _ids(parent)
    if parent is None or ids is None:
        return Context()
    flags = TraceFlags(int(parent.rpartition("-")[2], 16))
    caller = SpanContext(ids[0], ids[1], is_remote=True, trace_flags=flags)
    return set_span_in_context(NonRecordingSpan(caller), Context())


def _ids(traceparent: str | None) -> tuple[int, int] | None:
    if traceparent is None:
        return None
    _, trace, span, _ = traceparent.split("-")
    return int(trace, 16), int(span, 16)


def _nanoseconds(at: float) -> int:
    return int(at * 1_000_000_000)

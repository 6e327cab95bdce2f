"""The metrics of a server in the text format of Prometheus, by its library, which is loaded when it is needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from notebook_automation.domain.errors import Unavailable

if TYPE_CHECKING:
    from prometheus_client.core import Metric

PREFIX = "notebook_automation_"
MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Values of one metric by its labels: numbers, or (``bounds``, counts in each bucket, sum) of a histogram."""

    name: str
    help: str
    kind: Literal["counter", "gauge", "histogram"]
    labels: Sequence[str] = ()
    values: Sequence[tuple[Sequence[str], float | tuple[Sequence[float], Sequence[int], float]]] = field(default=())


def metrics_text(families: Iterable[Family]) -> bytes:
    """Return ``families`` as Prometheus reads them. Raises Unavailable where the library is not installed."""
    try:
        from prometheus_client import CollectorRegistry, generate_latest
    except ImportError:
        raise Unavailable(
            "The library that writes metrics is not installed: pip install 'notebook-automation[prometheus]'.",
            code="prometheus_missing",
        ) from None

    class Families:
        def collect(self) -> Iterator[Metric]:
            return map(_metric, families)

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Families())
    return generate_latest(registry)


def _metric(family: Family) -> Metric:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

    name = PREFIX + family.name
    if family.kind == "histogram":
        histogram = HistogramMetricFamily(name, family.help, labels=family.labels)
        for labels, value in family.values:
            assert isinstance(value, tuple)
            bounds, counts, total = value
            histogram.add_metric(labels, buckets=list(_cumulative(bounds, counts)), sum_value=total)
        return histogram
    kind = CounterMetricFamily if family.kind == "counter" else GaugeMetricFamily
    metric = kind(name, family.help, labels=family.labels)
    for labels, value in family.values:
        assert not isinstance(value, tuple)
        metric.add_metric(labels, value)
    return metric


def _cumulative(bounds: Sequence[float], counts: Sequence[int]) -> Iterator[tuple[str, float]]:
    seen = 0
    for bound, count in zip([*map(str, bounds), "+Inf"], counts, strict=True):
        seen += count
        yield bound, seen

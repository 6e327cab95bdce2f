"""Rules: what a thousand of them cost one event, from its data to what is to be stored."""

from __future__ import annotations

import time
from dataclasses import replace

from notebook_automation.adapters.cel import Filters
from notebook_automation.domain.events import EVENT_ID, Event
from notebook_automation.domain.requesters import BY_WEBHOOK
from notebook_automation.domain.rule_sets import rules_of
from notebook_automation.domain.trigger_rules import parse_rules
from notebook_automation.domain.triggers import TRIGGER_ID, Trigger
from notebook_automation.services.matching import Matching, ruled
from tests.benchmarks.table import Table, median, milliseconds, percentile

RULES = 1000
ROUNDS = 200
_CONDITIONS = (
    'data.json.kind == "kind-{number}"',
    "data.json.total > {number}",
    'data.method == "POST" && data.json.customer.country in ["DE", "FR"] && data.json.total % 7 == 3',
    'has(data.json.refund) && data.json.items.exists(i, i.sku == "sku-{number}")',
)


def run() -> Table:
    """Measure the filters alone, and with the enforcements and sessions that come of them."""
    conditions = [_CONDITIONS[number % len(_CONDITIONS)].format(number=number) for number in range(RULES)]
    given = [{"name": f"r{number}", "call": "a.ipynb", "conditions": [text]} for number, text in enumerate(conditions)]
    trigger = Trigger(
        id=TRIGGER_ID.new(), project_id="prj_1", project="sales", name="orders", type="webhook", created_at=0.0,
        updated_at=0.0, rules=parse_rules(given),
    )  # fmt: skip
    ready, filters = ruled(trigger, rules_of(trigger)), Filters()
    items = [{"sku": f"sku-{number}", "price": number * 1.5} for number in range(5)]
    data = {"method": "POST", "headers": {"content-type": "application/json"},
            "json": {"kind": "kind-4", "total": -1, "customer": {"country": "DE"}, "items": items}}  # fmt: skip
    event = Event(
        id=EVENT_ID.new(), type="post", source="webhook", project_id="prj_1", trigger_id=trigger.id,
        trigger_ref=trigger.ref, received_at=time.time(), data=data,
    )  # fmt: skip
    matching = Matching(filters)

    def alone() -> object:
        return filters.match_many(conditions, {"data": data, "event_type": "post"})

    def whole() -> object:
        return matching.occurrence(replace(event, id=EVENT_ID.new()), ready, started_by="x", behind=BY_WEBHOOK)

    rows = []
    for name, work in (("1,000 filters on one event", alone), ("1,000 rules, with their enforcements", whole)):
        work()
        taken = []
        for _ in range(ROUNDS):
            began = time.thread_time()
            work()
            taken.append(time.thread_time() - began)
        rows.append((name, milliseconds(median(taken)), milliseconds(percentile(taken, 0.99))))
    return Table(
        title="Rules", columns=("", "median", "p99"), rows=rows,
        notes=("Processor time. The goal is 3 ms for 1,000 filters on one event.",),
    )  # fmt: skip

"""A trigger as a card: what it runs and when, how to call it, and what to beware of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from notebook_automation.sdk.collecting import collecting_text
from notebook_automation.sdk.environments import environment_text, memory_text
from notebook_automation.sdk.freshness import freshness_text
from notebook_automation.sdk.markup import Html, joined, tag
from notebook_automation.sdk.notify_rules import notify_lines
from notebook_automation.sdk.policies import limit_text, priority_text
from notebook_automation.sdk.retries import policy_text
from notebook_automation.sdk.signatures import verified_text
from notebook_automation.sdk.times import in_zone, lasting
from notebook_automation.sdk.trigger_calls import call_text
from notebook_automation.sdk.trigger_times import when_text

from .markup import CardRows, Shown, card, code, copyable, panel_link, status, values_text


def trigger_card(trigger: Mapping[str, Any], note: str = "") -> Shown:
    """Return the card of a trigger as the server shows it; ``note`` says what has just become of it."""
    rows = CardRows()
    rows.add("Runs", *_runs(trigger))
    if trigger.get("schedule"):
        _add_schedule(rows, trigger["schedule"], trigger.get("next_fires") or [])
    rows.add("When", when_text(trigger) if not trigger.get("schedule") else "")
    _add_conditions(rows, trigger)
    rows.add("Collects", collecting_text(trigger.get("collect")))
    rows.add("Is to be fresh", freshness_text(trigger.get("freshness")))
    for rule in trigger.get("rules") or []:
        rows.add(f"Rule {rule['name']}", *_rule(rule))
    _add_address(rows, trigger)
    rows.add("Verified", _verified(trigger))
    rows.add("Durable", "goes on after a crash, waits without a process" if trigger.get("is_durable") else "")
    rows.add("Tried again", policy_text(trigger.get("retry")))
    rows.add("Limited", limit_text(trigger))
    rows.add("Priority", priority_text(trigger))
    rows.add("Leaves out", ", ".join(f"cells tagged {one}" for one in trigger.get("skip_tags") or []))
    rows.add("Kernel", str(trigger.get("kernel_name") or ""))
    rows.add("Environment", environment_text(trigger.get("env")))
    rows.add("Memory", memory_text(trigger.get("memory")))
    rows.add("Keeps", _kept(trigger))
    told = notify_lines(trigger.get("notify"))
    rows.add("Notifies", "\n".join(told), joined(tag("div", line) for line in told))
    rows.add("Time limit", lasting(trigger.get("time_limit")))
    last = trigger.get("last_session")
    if last:
        rows.add("Last", f"{last['status']} ({last['id']})", joined((status(last["status"]), " ", code(last["id"]))))
    return card(
        str(trigger["ref"]),
        " · ".join(filter(None, (str(trigger["type"]), "" if trigger.get("enabled", True) else "disabled", note))),
        rows,
        warnings=[warning["message"] for warning in trigger.get("warnings") or []],
        links=[panel_link("Open in the panel", "triggers", id=trigger["id"])] if trigger.get("id") else [],
    )


def _runs(trigger: Mapping[str, Any]) -> tuple[str, Html]:
    call = call_text(trigger)
    if not call:
        return "nothing: it records events only", Html("nothing: it records events only")
    parameters = values_text(trigger.get("parameters") or {})
    if not parameters:
        return call, code(call)
    return f"{call} with {parameters}", joined((code(call), " with ", code(parameters)))


def _add_schedule(rows: CardRows, schedule: Mapping[str, Any], next_fires: list[str]) -> None:
    rows.add("When", schedule.get("description") or schedule.get("cron") or schedule.get("every") or schedule.get("at"))
    times = [in_zone(moment, schedule.get("timezone")) for moment in next_fires]
    rows.add("Next", "\n".join(times), joined(tag("div", moment) for moment in times))


def _add_conditions(rows: CardRows, trigger: Mapping[str, Any]) -> None:
    """Add on which events it runs, and what it takes from them."""
    rows.add("Event", trigger.get("event_type"))
    rows.add("Only if", trigger.get("filter"), code(trigger.get("filter")))
    for name, text in (trigger.get("mapping") or {}).items():
        rows.add(name, f"from {text}", joined(("from ", code(text))))


def _rule(rule: Mapping[str, Any]) -> tuple[str, Html]:
    between = " || " if rule["condition"] == "any" else " && "
    conditions = between.join(rule["conditions"])
    off = "" if rule["enabled"] else "off: "
    collects = collecting_text(rule.get("collect"))
    after = f"; {collects}" if collects else ""
    if not conditions:
        return f"{off}{rule['call']}{after}", joined((off, code(rule["call"]), after))
    shown = joined((off, code(rule["call"]), " if ", code(conditions), after))
    return f"{off}{rule['call']} if {conditions}{after}", shown


def _add_address(rows: CardRows, trigger: Mapping[str, Any]) -> None:
    if trigger.get("url"):
        rows.add("URL", trigger["url"], copyable(trigger["url"], "the URL"))
    if trigger.get("curl"):
        rows.add("Try it", trigger["curl"], copyable(trigger["curl"], "the curl command"))


def _verified(trigger: Mapping[str, Any]) -> str:
    signature = trigger.get("signature")
    return verified_text(signature) if signature else ""


def _kept(trigger: Mapping[str, Any]) -> str:
    report = f"a report ({trigger['report']})" if trigger.get("report") else None
    return ", ".join(filter(None, (report, trigger.get("keep"))))

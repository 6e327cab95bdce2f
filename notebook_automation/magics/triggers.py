"""`%trigger` and `%%trigger`: register a trigger, and show it as a card."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from IPython.core.magic import no_var_expand

from notebook_automation.sdk import location
from notebook_automation.sdk.client import connect, path_of
from notebook_automation.sdk.notebook import notebook_path, project_name
from notebook_automation.sdk.times import in_zone, lasting

from .markup import Html, Shown, card, code, copyable, joined, panel_link, status, tag, values_text
from .options import one_sentence, split_header, words_of
from .registration import body, cell_options, line_options, read

_handlers: dict[str, str] = {}
"""The text of each handler whose cell ran in this kernel, by name: for tests."""


def trigger_magic(shell: Any) -> Callable[..., Any]:
    """Return the magic for this shell: `%trigger` without a cell, `%%trigger` with one."""

    def trigger(line: str, cell: str | None = None) -> Any:
        __tracebackhide__ = True
        if cell is None:
            return None if location.session_id() else _of_line(line)
        line, source = split_header(line, cell)
        if location.session_id():
            # A session runs handlers when it is called for them; the cell is only its body here.
            from .rehearsal import run_here

            return run_here(shell, source)
        return _of_cell(shell, line, source)

    trigger.__doc__ = f"{line_options().format_help()}\n{cell_options().format_help()}"
    magic: Callable[..., Any] = no_var_expand(one_sentence(trigger))
    return magic


def handler_source(name: str) -> str | None:
    """Return the text of the handler ``name`` if its cell ran in this kernel."""
    return _handlers.get(name)


def trigger_path(name: str) -> str:
    """Return the path of the trigger that people call ``name``: its id, `project/name`, or a name of this project."""
    if name.startswith("trg_"):
        return path_of("triggers", name)
    project, _, last = name.rpartition("/")
    return path_of("triggers", project or project_name(), last)


def trigger_card(trigger: Mapping[str, Any], note: str = "") -> Shown:
    """Return what a trigger will run and when, how to call it, and what to beware of."""
    rows: list[tuple[str, object, str]] = []

    def row(label: str, text: str, content: object = None) -> None:
        if text:
            rows.append((label, text if content is None else content, text))

    row("Runs", *_runs(trigger))
    schedule = trigger.get("schedule")
    if schedule:
        row("When", schedule.get("description") or schedule.get("cron") or schedule.get("every") or schedule.get("at"))
        times = [in_zone(moment, schedule.get("timezone")) for moment in trigger.get("next_fires") or []]
        row("Next", "\n".join(times), joined(tag("div", moment) for moment in times))
    row("Event", trigger.get("event_type") or "")
    row("Only if", trigger.get("filter") or "", code(trigger.get("filter")))
    for name, text in (trigger.get("mapping") or {}).items():
        row(name, f"from {text}", joined(("from ", code(text))))
    if trigger.get("url"):
        row("URL", trigger["url"], copyable(trigger["url"], "the URL"))
    if trigger.get("curl"):
        row("Try it", trigger["curl"], copyable(trigger["curl"], "the curl command"))
    row(
        "Keeps",
        ", ".join(filter(None, (trigger.get("report") and f"a report ({trigger['report']})", trigger.get("keep")))),
    )
    row("Time limit", lasting(trigger.get("time_limit")))
    last = trigger.get("last_session")
    if last:
        row("Last", f"{last['status']} ({last['id']})", joined((status(last["status"]), " ", code(last["id"]))))
    state = "" if trigger.get("enabled", True) else "disabled"
    links = [panel_link("Open in the panel", "triggers", id=trigger["id"])] if trigger.get("id") else []
    return card(
        str(trigger["ref"]),
        " · ".join(filter(None, (str(trigger["type"]), state, note))),
        rows,
        warnings=[warning["message"] for warning in trigger.get("warnings") or []],
        links=links,
    )


def _of_line(line: str) -> Any:
    options = line_options()
    said = read(options, words_of(line))
    if said.help:
        return Shown(tag("pre", options.format_help()), options.format_help())
    if said.test:
        from .rehearsal import rehearse_notebook

        return rehearse_notebook(said)
    return _register({**body(said), "notebook": notebook_path(), **({"call": said.call} if said.call else {})})


def _of_cell(shell: Any, line: str, source: str) -> Any:
    __tracebackhide__ = True
    options = cell_options()
    said = read(options, words_of(line))
    if said.help:
        return Shown(tag("pre", options.format_help()), options.format_help())
    _handlers[said.name] = source
    if said.test:
        from .rehearsal import rehearse_handler

        return rehearse_handler(shell, said, source)
    return _register({**body(said), "notebook": notebook_path(), "handler": said.name})


def _register(wanted: Mapping[str, Any]) -> Shown:
    client = connect()
    project = client.get("projects/inspect", path=wanted["notebook"])["project"]
    stored = client.call("PUT", path_of("triggers", str(project), str(wanted["name"])), json=wanted)
    is_new = stored.get("created_at") == stored.get("updated_at")
    return trigger_card(stored, "registered" if is_new else "changed")


def _runs(trigger: Mapping[str, Any]) -> tuple[str, Html]:
    call = trigger.get("call")
    if not call:
        return "nothing: it records events only", Html("nothing: it records events only")
    parameters = values_text(trigger.get("parameters") or {})
    if not parameters:
        return call, code(call)
    return f"{call} with {parameters}", joined((code(call), " with ", code(parameters)))

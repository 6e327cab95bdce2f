"""`%trigger` and `%%trigger`: register a trigger, or try it here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from IPython.core.error import UsageError
from IPython.core.magic import no_var_expand

from notebook_automation.sdk import location
from notebook_automation.sdk.client import connect, path_of
from notebook_automation.sdk.errors import Refused
from notebook_automation.sdk.notebook import notebook_path

from .definition import TriggerDefinition, parse_definition
from .definition_options import cell_options, line_options
from .handler_test_run import remember_handler, run_here, try_handler, try_notebook
from .markup import Shown
from .options import help_text, one_sentence, split_header, words_of
from .trigger_card import trigger_card
from .triggers import trigger_path
from .unsaved import unsaved_note, wait_for_save


def trigger_magic(shell: Any) -> Callable[..., Any]:
    """Return the magic for this shell: `%trigger` without a cell, `%%trigger` with one."""

    def trigger(line: str, cell: str | None = None) -> Any:
        __tracebackhide__ = True
        if cell is None:
            return None if location.session_id() else _of_line(shell, line)
        line, source = split_header(line, cell)
        if location.session_id():
            # A session runs handlers when it is called for them; the cell is only its body here.
            return run_here(shell, source)
        return _of_cell(shell, line, source)

    trigger.__doc__ = f"{line_options().format_help()}\n{cell_options().format_help()}"
    magic: Callable[..., Any] = no_var_expand(one_sentence(trigger))
    return magic


def _of_line(shell: Any, line: str) -> Any:
    options = line_options()
    definition = parse_definition(options, words_of(line))
    if definition is None:
        return help_text(options.format_help())
    if definition.sample:
        return try_notebook(definition, definition.sample)
    call = {"call": definition.call} if definition.call else {}
    if definition.rule_of is not None:
        return _add_rule(definition, {"notebook": notebook_path(), **call})
    return _register(shell, {**definition.body(), "notebook": notebook_path(), **call}, replace=definition.replace)


def _of_cell(shell: Any, line: str, source: str) -> Any:
    __tracebackhide__ = True
    options = cell_options()
    definition = parse_definition(options, words_of(line))
    if definition is None:
        return help_text(options.format_help())
    remember_handler(definition.name, source)
    if definition.sample:
        return try_handler(shell, definition, definition.sample, source)
    place = {"notebook": notebook_path(), "handler": definition.name}
    if definition.rule_of is not None:
        return _add_rule(definition, place)
    wanted = {**definition.body(), **place}
    return _register(shell, wanted, replace=definition.replace)


def _add_rule(definition: TriggerDefinition, place: Mapping[str, Any]) -> Shown:
    """Give a trigger the rule that a line defines, and show the trigger."""
    client = connect()
    wait_for_save(client, place["notebook"])
    path = f"{trigger_path(str(definition.rule_of))}/rules/{path_of(definition.name)}"
    stored = client.call("PUT", path, json={**definition.rule_body(), **place})
    return trigger_card(stored, f"rule {definition.name} set")


def _register(shell: Any, wanted: Mapping[str, Any], *, replace: bool) -> Shown:
    client = connect()
    wait_for_save(client, wanted["notebook"])
    project = client.get("projects/inspect", path=wanted["notebook"])["project"]
    path = path_of("triggers", str(project), str(wanted["name"]))
    try:
        stored = client.call("PUT", path, query={"replace": replace}, json=wanted)
    except Refused as error:
        if error.code != "trigger_exists":
            raise
        raise UsageError(f"{str(error).rstrip('.')} with --replace.") from None
    is_new = stored.get("created_at") == stored.get("updated_at")
    if not stored.get("problems") and (note := unsaved_note(shell, client, wanted["notebook"])):
        warning = {"code": "not_saved", "message": note}
        stored = {**stored, "warnings": [*(stored.get("warnings") or []), warning]}
    return trigger_card(stored, "registered" if is_new else "changed")

"""`task list|show|create|run|executions|enable|disable|delete`: what runs on a schedule, and what calls an API."""

from __future__ import annotations

import json
from typing import Any

import click

from notebook_automation.sdk.client import Client, path_of
from notebook_automation.sdk.errors import Invalid, Missing
from notebook_automation.sdk.literals import assignments
from notebook_automation.sdk.retries import policy_text
from notebook_automation.sdk.times import ago, in_zone

from .errors import FAILED
from .named_triggers import resolve
from .options import json_option, limit_option, print_json, server_options
from .questions import confirm
from .server import PAGE, connect, items
from .session_output import LogPrinter, follow_session, print_end
from .tables import print_fields, print_table, values_text

_TYPES = ("webhook", "cron", "api_call")
_STATUSES = ("pending", "running", "success", "failed")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_EPILOG = "TASK is project/name, an id (trg_…), or a name that only one task has."
_name_argument = click.argument("name", metavar="TASK")
_names_argument = click.argument("names", metavar="TASK…", nargs=-1, required=True)


@click.group(short_help="Schedules and calls of APIs: list, create, run.")
def task() -> None:
    """Triggers with a schedule, and those that call an API. `trigger` takes the same names."""


@task.command("list")
@click.option("--project", metavar="NAME", help="Only this project's.")
@click.option("--type", "task_type", type=click.Choice(_TYPES), help="Only of this type; cron runs a notebook.")
@click.option("--enabled/--disabled", default=None, help="Only those that are on, or off.")
@limit_option
@server_options
@json_option
def list_tasks(url: str | None, token: str | None, as_json: bool, limit: int, **query: Any) -> None:
    """List tasks, the newest first."""
    found = list(items(connect(url, token), "tasks", limit, **query))
    if as_json:
        print_json({"items": found})
        return
    rows = [
        (one["name"], one["trigger"], one["task_type"], "on" if one["enabled"] else "off", _does(one),
         one["schedule"] or "", in_zone(one["next_run_at"], one["timezone"]), one["run_count"])
        for one in found
    ]  # fmt: skip
    columns = ("TASK", "TRIGGER", "TYPE", "STATE", "DOES", "WHEN", "NEXT", "RUNS")
    print_table(columns, rows, empty="There are no tasks: jupyter automation task create --help")


@task.command("show", epilog=_EPILOG)
@_name_argument
@server_options
@json_option
def show_task(url: str | None, token: str | None, as_json: bool, name: str) -> None:
    """Show a task: what it does, when, and how that went."""
    found = _resolve(connect(url, token), name)
    if as_json:
        print_json(found)
        return
    _print_task(found)


@task.command("create")
@click.argument("name")
@click.option("--api", "address", metavar="URL", help="Call this; {{secret:NAME}} and {{param:NAME}} are filled in.")
@click.option("--call", metavar="FILE", help="Run this: report.ipynb, report.ipynb:handler or program.py:function.")
@click.option("--method", type=click.Choice(_METHODS, case_sensitive=False), help="GET if missing.")
@click.option("-H", "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="A header; repeatable.")
@click.option("--body", metavar="JSON", help="The body; @FILE reads it from a file.")
@click.option("--timeout", type=float, metavar="SECONDS", help="How long the whole may take; 15 if missing.")
@click.option("--webhook", is_flag=True, help="Tell the URL what happened: a POST with a usual body.")
@click.option("--schedule", metavar="TEXT", help="'0 9 * * *', @daily, 'every 5 minutes'; without: by hand alone.")
@click.option("--tz", "timezone", metavar="ZONE", help="The schedule's time zone, such as Europe/Berlin.")
@click.option("--retries", type=click.IntRange(0, 99), default=0, metavar="N", help="Try what failed N times again.")
@click.option("--retry-delay", metavar="TIME", help="Before the first of them: 30s, '5 min'; 60 s if missing.")
@click.option("-p", "given", multiple=True, metavar="NAME=VALUE", help="A parameter, its value as YAML; repeatable.")
@click.option("--project", metavar="NAME", help="Where it belongs, and whose secrets it may use.")
@click.option("--disabled", is_flag=True, help="It is off until it is enabled.")
@server_options
@json_option
def create_task(url: str | None, token: str | None, as_json: bool, name: str, **given: Any) -> None:
    """Register a task NAME that calls an API or runs a file."""
    found = connect(url, token).post("tasks", _body(name, given))
    if as_json:
        print_json(found)
        return
    _print_task(found)


@task.command("run", epilog=_EPILOG)
@_name_argument
@click.option("-p", "given", multiple=True, metavar="NAME=VALUE", help="A parameter, its value as YAML; repeatable.")
@click.option("--wait", is_flag=True, help="Follow it until it has ended.")
@server_options
@json_option
def run_task(
    url: str | None, token: str | None, as_json: bool, name: str, given: tuple[str, ...], wait: bool
) -> None:  # fmt: skip
    """Run a task now."""
    client = connect(url, token)
    body = {"input_data": assignments(given, "-p")}
    execution = client.post(path_of("tasks", _resolve(client, name)["id"], "executions"), body)
    if not wait:
        if as_json:
            print_json(execution)
        else:
            click.echo(f"Execution {execution['id']} is {execution['status']}.")
        return
    session = follow_session(client, execution["id"], (lambda entry: None) if as_json else LogPrinter().print_entry)
    if as_json:
        print_json(client.get(path_of("tasks", "executions", execution["id"])))
    else:
        print_end(session)
    if session["status"] != "completed":
        raise click.exceptions.Exit(FAILED)


@task.command("executions", epilog=_EPILOG)
@_name_argument
@click.option("--status", type=click.Choice(_STATUSES), help="Only those.")
@limit_option
@server_options
@json_option
def list_executions(
    url: str | None, token: str | None, as_json: bool, limit: int, name: str, status: str | None
) -> None:  # fmt: skip
    """List a task's executions, the newest first. `session show` and `session log` take their ids."""
    client = connect(url, token)
    found = list(items(client, path_of("tasks", _resolve(client, name)["id"], "executions"), limit, status=status))
    if as_json:
        print_json({"items": found})
        return
    rows = [
        (one["id"], one["status"], ago(one["created_at"]), "" if one["duration_ms"] is None else one["duration_ms"],
         one["attempt"], (one["error_message"] or "")[:80])
        for one in found
    ]  # fmt: skip
    columns = ("EXECUTION", "STATUS", "WHEN", "MS", "TRY", "ERROR")
    print_table(columns, rows, empty="It has not run yet: jupyter automation task run TASK")


@task.command("enable", epilog=_EPILOG)
@_names_argument
@server_options
@json_option
def enable_tasks(url: str | None, token: str | None, as_json: bool, names: tuple[str, ...]) -> None:
    """Switch tasks on."""
    _switch(connect(url, token), names, enabled=True, as_json=as_json)


@task.command("disable", epilog=_EPILOG)
@_names_argument
@server_options
@json_option
def disable_tasks(url: str | None, token: str | None, as_json: bool, names: tuple[str, ...]) -> None:
    """Switch tasks off: they stay, and do not run by themselves."""
    _switch(connect(url, token), names, enabled=False, as_json=as_json)


@task.command("delete", epilog=_EPILOG)
@_names_argument
@click.option("--yes", is_flag=True, help="Do not ask.")
@server_options
@json_option
def delete_tasks(url: str | None, token: str | None, as_json: bool, names: tuple[str, ...], yes: bool) -> None:
    """Delete tasks; their executions stay, as sessions."""
    client = connect(url, token)
    found = [_resolve(client, name) for name in names]
    if not yes:
        confirm(f"Delete {', '.join(one['trigger'] for one in found)}?", "delete them")
    for one in found:
        client.call("DELETE", path_of("tasks", one["id"]))
        if not as_json:
            click.echo(f"Deleted {one['trigger']}.")
    if as_json:
        print_json({"items": [{"id": one["id"], "trigger": one["trigger"]} for one in found]})


def _resolve(client: Client, name: str) -> Any:
    """Return the task that a person means by ``name``. Raises Missing, Invalid where several are called so."""
    if name.startswith("trg_"):
        return client.get(path_of("tasks", name))
    called = [one for one in items(client, "tasks", PAGE, q=name) if one["name"] == name]
    if len(called) > 1:
        raise Invalid(f"Several tasks are called so: {', '.join(one['trigger'] for one in called)}. Name one of these.")
    if called:
        return called[0]
    try:
        return client.get(path_of("tasks", resolve(client, name)["id"]))
    except Missing:
        raise Missing(f"There is no task {name!r}: jupyter automation task list shows what there is.") from None


def _switch(client: Client, names: tuple[str, ...], *, enabled: bool, as_json: bool) -> None:
    found = [_resolve(client, name) for name in names]
    switched = [client.call("PATCH", path_of("tasks", one["id"]), json={"enabled": enabled}) for one in found]
    if as_json:
        print_json({"items": switched})
        return
    for one in switched:
        click.echo(f"{one['trigger']} is {'on' if one['enabled'] else 'off'}.")


def _body(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return what registers a task as the options say."""
    if (given["address"] is None) == (given["call"] is None):
        raise Invalid("Say what it does: --api, a URL to call, or --call, a notebook or program to run.")
    task_type = "cron" if given["call"] else "webhook" if given["webhook"] else "api_call"
    config = {
        "url": given["address"], "call": given["call"], "method": given["method"] and given["method"].upper(),
        "headers": dict(_header(text) for text in given["headers"]) or None, "body": _content(given["body"]),
        "timeout": given["timeout"], "parameters": assignments(given["given"], "-p") or None,
    }  # fmt: skip
    body = {
        "name": name,
        "task_type": task_type,
        "config": {key: one for key, one in config.items() if one is not None},
    }
    body |= {key: given[key] for key in ("schedule", "timezone", "project") if given[key] is not None}
    if given["retries"]:
        delay = {"base_delay": given["retry_delay"]} if given["retry_delay"] else {}
        body["retry_policy"] = {"max_attempts": given["retries"] + 1, **delay}
    return {**body, "enabled": not given["disabled"]}


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise Invalid(f"A header is written 'Name: value', and {text!r} has no colon.")
    return name.strip(), value.strip()


def _content(text: str | None) -> Any:
    if text is None:
        return None
    if text.startswith("@"):
        with click.open_file(text[1:], encoding="utf-8") as file:
            text = file.read()
    try:
        return json.loads(text)
    except ValueError as error:
        raise Invalid(f"--body is JSON (a text has quotes around it): {error}.") from None


def _does(one: Any) -> str:
    config = one["config"]
    return config["call"] if "call" in config else f"{config.get('method', '')} {config.get('url', '')}".strip()


def _print_task(found: Any) -> None:
    config = found["config"]
    print_fields(
        (
            ("Task", found["name"]),
            ("Id", found["id"]),
            ("Trigger", found["trigger"]),
            ("Type", found["task_type"]),
            ("State", "on" if found["enabled"] else "off"),
            ("Does", _does(found)),
            ("Headers", "\n".join(f"{name}: {value}" for name, value in config.get("headers", {}).items())),
            ("Body", json.dumps(config["body"], ensure_ascii=False) if "body" in config else None),
            ("Parameters", values_text(config.get("parameters", {}))),
            ("When", found["schedule"]),
            ("Next", in_zone(found["next_run_at"], found["timezone"])),
            ("Last", ago(found["last_run_at"]) if found["last_run_at"] else None),
            ("Tried again", policy_text(found["retry_policy"])),
            ("So far", f"{found['success_count']} success, {found['failure_count']} failed"),
        )
    )
    for problem in found["problems"]:
        click.secho(f"Warning: {problem}", fg="yellow", err=True)

"""`%automation backfill`: times of a schedule that never came, or failed, run after all."""

from __future__ import annotations

import argparse
from typing import Any

from IPython.core.error import UsageError

from notebook_automation.sdk.backfills import first_ticks, plan_text, progress_text, range_text
from notebook_automation.sdk.client import connect, path_of

from .markup import Shown, card
from .noun import Command
from .triggers import trigger_names, trigger_path


def backfill_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what `backfill` takes."""
    parser.add_argument(
        "name", metavar="NAME", help="a schedule's trigger; or a backfill (grp_…), to see how far it is"
    )
    parser.add_argument(
        "--from", dest="since", metavar="WHEN", help="from when on: 2026-11-01, 2026-11-01T06:00, 7days"
    )
    parser.add_argument("--to", dest="until", metavar="WHEN", help="up to when, a day counts whole; else up to now")
    parser.add_argument("--only", metavar="STATES", default="", help="missing,failed,cancelled (the usual); or all")
    parser.add_argument("--at-once", type=int, default=1, metavar="N", help="how many run side by side (1)")
    parser.add_argument("--newest-first", action="store_true", help="begin with the newest")
    parser.add_argument("--dry-run", action="store_true", help="only say what would run")
    parser.add_argument("--cancel", action="store_true", help="cancel all of a backfill that has not begun")
    parser.add_argument("--stop", action="store_true", help="with --cancel: also stop what runs")


def fill(shell: Any, given: argparse.Namespace) -> Shown:
    """Begin a backfill, say what one would do, or show one."""
    client, name = connect(), given.name
    if name.startswith("grp_"):
        if given.cancel:
            body = {"running": "stop" if given.stop else "finish"}
            return _shown(client.call("POST", path_of("session-groups", name, "cancel"), json=body))
        return _shown(client.get(path_of("session-groups", name)))
    if not given.since:
        raise UsageError("Say from when on: --from 2026-11-01, or --from 7days; --dry-run shows first what would run.")
    body = {
        "since": given.since, "until": given.until, "which": given.only.split(",") if given.only else [],
        "at_once": given.at_once, "order": "newest" if given.newest_first else "oldest",
    }  # fmt: skip
    path = f"{trigger_path(name)}/backfills"
    if given.dry_run:
        plan = client.call("POST", f"{path}/preview", json=body)
        rows = [(str(number), line, line) for number, line in enumerate(first_ticks(plan), 1)]
        return card(plan_text(plan), "nothing was started", rows)
    return _shown(client.call("POST", path, json=body))


def _shown(group: dict[str, Any]) -> Shown:
    rows = [
        ("Range", range_text(group), range_text(group)),
        ("At once", str(group["at_once"]), str(group["at_once"])),
        ("Progress", progress_text(group), progress_text(group)),
    ]
    if group["reason"]:
        rows.append(("Reason", group["reason"], group["reason"]))
    return card(f"Backfill of {group['trigger']}", f"{group['id']}: {group['state']}", rows)


COMMANDS = {
    "backfill": Command(
        summary="times of a schedule that were missed, or failed, run after all",
        example="%automation backfill nightly --from 2026-11-01 --to 2026-11-20 --at-once 3",
        arguments=backfill_arguments,
        act=fill,
        names=trigger_names,
    ),
}

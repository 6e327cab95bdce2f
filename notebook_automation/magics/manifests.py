"""`%%automation`: apply a YAML manifest after showing what it changes; `%automation export` writes one."""

from __future__ import annotations

import argparse
import json
import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from IPython.core.error import UsageError
from IPython.display import display

from notebook_automation.sdk.client import connect, path_of
from notebook_automation.sdk.errors import Refused
from notebook_automation.sdk.markup import Html, joined, tag
from notebook_automation.sdk.notebook import notebook_path, project_name

from .markup import Shown, card, code, status, table
from .noun import Command
from .options import Options, help_text, words_of

_SCHEMA = "automation.schema.json"


def cell_options() -> Options:
    """Return the options of `%%automation`."""
    options = Options(
        "%%automation",
        example="%%automation --dry-run",
        description="Apply the YAML manifest in this cell to this notebook's project; shows its plan first.",
    )
    options.add_argument("--dry-run", action="store_true", help="show the plan and change nothing")
    options.add_argument("--yes", action="store_true", help="apply a plan that deletes something, too")
    return options


def apply_cell(line: str, manifest: str) -> Shown | None:
    """Show the plan of ``manifest`` and apply it, unless it deletes something and `--yes` is not given."""
    options = cell_options()
    given = options.read(words_of(line))
    if given.help:
        return help_text(options.format_help())
    wanted = {"manifest": manifest, "path": _project_folder()}
    planned = connect().post("projects/apply", {**wanted, "dry_run": True})
    display(plan_table(planned))  # type: ignore[no-untyped-call]
    changes = [step["change"] for step in planned["plan"] if step["change"] != "same"]
    if given.dry_run or not changes:
        return None
    if "delete" in changes and not given.yes:
        count = changes.count("delete")
        raise UsageError(
            f"Nothing was changed: the plan deletes {count} thing{'s' if count > 1 else ''}. "
            "Run the cell again as %%automation --yes to apply it."
        )
    applied = connect().post("projects/apply", {**wanted, "dry_run": False})
    if not applied["applied"]:
        raise UsageError("The server did not apply the plan: run the cell again to see the new one.")
    return card(str(applied["project"]), f"applied: {_counted(changes)}", [], warnings=_warnings(applied, planned))


def _project_folder() -> str:
    """Return the folder of this notebook's project, under the Jupyter root; its own where it makes a new one."""
    try:
        return str(connect().get(path_of("projects", project_name()))["path"])
    except Refused as refused:
        if refused.code != "project_not_found":
            raise
        return posixpath.dirname(notebook_path())


def plan_table(planned: Mapping[str, Any]) -> Shown:
    """Return what a manifest would create, change and delete, with old and new values."""
    rows = [
        (status(step["change"]), step["kind"], step["name"], _fields(step.get("fields") or {}))
        for step in planned["plan"]
        if step["change"] != "same"
    ]
    same = sum(step["change"] == "same" for step in planned["plan"])
    empty = f"The project {planned['project']} is as the manifest says ({same} unchanged)."
    shown = table(("Plan", "Kind", "Name", "Fields"), rows, empty=empty)
    warnings = [str(text) for text in _warnings(planned)]
    if not warnings:
        return shown
    notes = joined(tag("div", tag("b", "Warning: "), text, role="note") for text in warnings)
    return Shown(
        joined((Html(shown._repr_html_()), notes)), "\n".join([repr(shown), *(f"Warning: {text}" for text in warnings)])
    )


def export_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of `export`."""
    parser.add_argument("--project", metavar="NAME", help="another project than this notebook's")
    parser.add_argument("--output", metavar="FILE", help="write it to this file: automation.yaml")
    parser.add_argument("--force", action="store_true", help="write over a file that is there")


def export(shell: Any, given: argparse.Namespace) -> Shown:
    """Return the project's manifest, or write it to a file."""
    manifest = str(connect().get(path_of("projects", given.project or project_name(), "export"))["manifest"])
    if not given.output:
        return Shown(tag("pre", code(manifest)), manifest)
    file = Path(given.output).expanduser()
    try:
        with file.open("w" if given.force else "x", encoding="utf-8") as opened:
            opened.write(manifest)
    except FileExistsError:
        raise UsageError(f"{file} is there already: add --force to write over it.") from None
    except OSError as error:
        raise UsageError(f"{file} could not be written: {error.strerror}.") from None
    schema = _schema_beside(file)
    wrote = f"Wrote {file}" + (f" and, for editors, {schema}" if schema else "")
    return Shown(tag("div", wrote), wrote)


def _schema_beside(file: Path) -> Path | None:
    """Write the schema that the manifest in ``file`` names beside it; None where there is one or none can be."""
    path = file.with_name(_SCHEMA)
    try:
        with path.open("x", encoding="utf-8") as opened:
            opened.write(json.dumps(connect().get(_SCHEMA), indent=2) + "\n")
    except OSError:
        return None
    return path


def _fields(fields: Mapping[str, Any]) -> Html:
    parts: list[Html] = []
    for name, change in fields.items():
        if isinstance(change, list) and len(change) == 2:
            old, new = (json.dumps(value, ensure_ascii=False) for value in change)
            text = joined((f"{name}: ", tag("del", old), " → ", tag("ins", new))) if old != "null" else None
            parts.append(tag("div", text or joined((f"{name}: ", new)), " "))
        else:
            parts.append(tag("div", f"{name}: {json.dumps(change, ensure_ascii=False)} "))
    return joined(parts)


def _counted(changes: list[str]) -> str:
    words = {"create": "created", "change": "changed", "delete": "deleted"}
    return ", ".join(f"{changes.count(change)} {word}" for change, word in words.items() if change in changes)


def _warnings(answer: Mapping[str, Any], shown: Mapping[str, Any] | None = None) -> list[str]:
    texts = [item["message"] if isinstance(item, dict) else str(item) for item in answer.get("warnings") or []]
    already = _warnings(shown) if shown else []
    return [text for text in texts if text not in already]


COMMANDS = {
    "export": Command(
        summary="this project's triggers as a manifest",
        example="%automation export --output automation.yaml",
        arguments=export_arguments,
        act=export,
    ),
}

"""Writes `docs/settings.md` from the settings: `python docs/settings_page.py`."""

from __future__ import annotations

import re
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

import notebook_automation.settings as module
from notebook_automation.settings import Settings

PAGE = Path(__file__).with_name("settings.md")
MACHINE_DEPENDENT = {"max_sessions": "the number of processors, at least 2"}

HEAD = """# Settings

Each is a trait of the server extension: `c.NotebookAutomationApp.<name> = …` in `jupyter_server_config.py`, or
`--NotebookAutomationApp.<name>=…` on the command line of `jupyter lab` and `jupyter automation serve`.
"""


def page() -> str:
    """Return the page's text."""
    groups = _groups()
    lines = [HEAD]
    for title, names in groups.items():
        lines += [f"## {title}", "", "| setting | default | what it is |", "| --- | --- | --- |"]
        lines += [_row(setting) for setting in fields(Settings) if setting.name in names]
        lines.append("")
    return "\n".join(lines)


def _groups() -> dict[str, list[str]]:
    """Return the settings' names under the comments that head them in the source."""
    groups: dict[str, list[str]] = {}
    body = Path(module.__file__).read_text(encoding="utf-8").partition("class Settings:")[2]
    for line in body.splitlines():
        if heading := re.fullmatch(r"    # (.+)", line):
            groups[heading.group(1)] = []
        elif name := re.match(r"    (\w+): .+ = _setting\(", line):
            list(groups.values())[-1].append(name.group(1))
    return groups


def _row(setting: Field[Any]) -> str:
    help = setting.metadata["help"].replace("|", "\\|")
    return f"| `{setting.name}` | {_default(setting)} | {help} |"


def _default(setting: Field[Any]) -> str:
    if setting.name in MACHINE_DEPENDENT:
        return MACHINE_DEPENDENT[setting.name]
    value = setting.default_factory() if setting.default_factory is not MISSING else setting.default
    if isinstance(value, list):
        return ", ".join(f"`{item}`" for item in value) or "none"
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int) and value >= module.MIB:
        return f"{value} ({value // module.MIB} MiB)"
    return "empty" if value == "" else f"{value:g}" if isinstance(value, float) and value < 1e6 else str(value)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

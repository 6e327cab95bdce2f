"""Artifacts in a notebook: their table and their card."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from notebook_automation.sdk.sizes import size_text
from notebook_automation.sdk.times import ago, in_zone

from .markup import CardRows, Shown, card, code
from .noun import Noun


def artifact_card(artifact: Mapping[str, Any]) -> Shown:
    """Return what an artifact is, and where to find it."""
    rows = CardRows()
    rows.add("Type", str(artifact["type"]))
    rows.add("Size", size_text(artifact.get("size") or 0))
    rows.add("Made by", str(artifact.get("trigger") or artifact.get("session_id") or "hand"))
    rows.add("Expires", in_zone(artifact.get("expires_at")))
    rows.add("Drive", str(artifact.get("drive_path") or ""))
    return card(str(artifact["name"]), f"version {artifact['version']}", rows)


def _row(artifact: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        artifact["name"],
        artifact["version"],
        artifact["type"],
        size_text(artifact.get("size") or 0),
        artifact.get("trigger") or artifact.get("project") or "",
        ago(artifact.get("created_at")),
        code(artifact["id"]),
    )


NOUN = Noun(
    plural="artifacts",
    columns=("Name", "Version", "Type", "Size", "Made by", "Made", "Id"),
    row=_row,
    empty="No such artifacts: keep something with na.artifact(df, 'sales').",
    filters=frozenset({"trigger", "type"}),
    id_prefix="art_",
    card=artifact_card,
)

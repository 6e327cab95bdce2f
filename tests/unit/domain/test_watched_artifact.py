"""What artifact triggers wait for: how it is written, and which versions count."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from notebook_automation.domain.artifacts import Artifact
from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.watched_artifact import WatchedArtifact, news_of, parse_watched_artifact

TABLE = Artifact(
    id="art_1", ref="sales/load/table.csv", name="table.csv", type="file_datatable", project="sales", created_at=1.0,
    blob="a",
)  # fmt: skip


@pytest.mark.parametrize("given", ["load/table.csv", {"ref": "*/table.csv", "changed": True}])
def test_what_is_written_is_read_and_written_back(given: Any) -> None:
    watched = parse_watched_artifact(given)
    assert watched.in_manifest() == given
    assert parse_watched_artifact(watched.to_dict()) == watched


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (None, "ref"), ("table.csv", "ref"), ("", "ref"), ({"ref": 5}, "ref"), ("a/b\n", "ref"),
        ({"ref": "a/b", "changed": 1}, "changed"), ({"ref": "a/b", "new": True}, ""),
    ],
)  # fmt: skip
def test_what_names_no_artifact_is_refused_at_its_field(given: Any, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_watched_artifact(given)
    assert refused.value.details["field"] == (f"artifact.{field}" if field else "artifact")


def test_a_version_is_told_from_the_one_before_by_its_content() -> None:
    assert news_of(TABLE, None) == "created"
    assert news_of(TABLE, replace(TABLE, meta={"rows": 1})) == "unchanged"
    assert news_of(TABLE, replace(TABLE, blob="b")) == "changed"
    link = replace(TABLE, blob=None, url="https://a")
    assert (news_of(link, link), news_of(link, replace(link, url="https://b"))) == ("unchanged", "changed")


def test_refs_are_those_of_the_project_and_may_hold_stars() -> None:
    assert WatchedArtifact(ref="load/table.csv").wants(TABLE, "unchanged")
    assert WatchedArtifact(ref="*/*.csv").wants(TABLE, "created")
    assert not WatchedArtifact(ref="load/other.csv").wants(TABLE, "created")
    assert not WatchedArtifact(ref="load/table.csv", changed=True).wants(TABLE, "unchanged")

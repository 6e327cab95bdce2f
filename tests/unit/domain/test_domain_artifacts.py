"""Names, types and versions of artifacts."""

from __future__ import annotations

import pytest

from notebook_automation.domain.artifacts import Artifact, media_type_of, superseded, type_of, validate_artifact_name
from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.retention import Retention


@pytest.mark.parametrize("name", ["a.csv", "sub/dir/a.csv", "ü ñ.txt", "a" * 255, "Screenshot 3.45\u202fPM.png", "-x"])
def test_artifact_names_are_relative_file_names(name: str) -> None:
    assert validate_artifact_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "", "/a", "a/", "a//b", "..", "../a", "a/../b", "./a", "a\\b", "C:a", "a\0b", "a\nb", "a\x7f", "<script>",
        "a|b", 'a"b', "a?b", "a" * 256, "half \ud800",
    ],
    ids=repr,
)  # fmt: skip
def test_other_artifact_names_are_refused(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        validate_artifact_name(name)
    assert refused.value.code == "artifact_name_invalid"


@pytest.mark.parametrize(
    ("name", "media_type", "type"),
    [
        ("a.CSV", "text/csv", "file_datatable"), ("a.tsv", "text/tab-separated-values", "file_datatable"),
        ("a.parquet", "application/vnd.apache.parquet", "file_datatable"), ("a.png", "image/png", "file_image"),
        ("a.svg", "image/svg+xml", "file_image"), ("a.ipynb", "application/x-ipynb+json", "file_text"),
        ("a.html", "text/html", "file_text"), ("a.json", "application/json", "file_text"),
        ("a.zip", "application/zip", "file_binary"), ("noending", "application/octet-stream", "file_binary"),
        ("a.unheardof", "application/octet-stream", "file_binary"),
    ],
)  # fmt: skip
def test_media_types_and_how_they_are_shown(name: str, media_type: str, type: str) -> None:
    assert media_type_of(name) == media_type
    assert type_of(media_type) == type
    assert type_of(media_type + "; charset=utf-8") == type


def test_superseded_are_the_too_old_and_of_counted_versions_those_beyond_the_newest() -> None:
    def version(number: int, policy: str = "days", limit: int = 30, expires: float | None = None) -> Artifact:
        return Artifact(
            id=f"art_{number}", ref="r", name="n", type="url", project="p", created_at=0.0, version=number,
            retention_policy=policy, retention_limit=limit, expires_at=expires,
        )  # fmt: skip

    aged = [version(1, expires=10.0), version(2, expires=20.0), version(3, expires=None)]
    assert [one.version for one in superseded(aged, 10.0)] == [1]
    counted = [*aged[:2], version(3, "versions", 2)]
    assert [one.version for one in superseded(counted, 0.0)] == [1]
    assert [one.version for one in superseded(counted, 100.0)] == [2, 1]
    assert superseded([], 0.0) == []
    assert str(Retention(policy="versions", limit=2)) == "2 versions"

"""What an artifact trigger waits for: a new version of a ref, or one whose content is another."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from .artifacts import Artifact
from .errors import Invalid

ArtifactNews = Literal["created", "changed", "unchanged"]
"""What a new version is: the first one kept, one with another content than the version before, or with the same."""
_FIELDS = ("ref", "changed")


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedArtifact:
    """``ref`` is that of an artifact without its project, ``load/table.csv``; ``*`` and ``?`` stand for others.

    With ``changed`` a version whose content is that of the version before does not count.
    """

    ref: str
    changed: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON, as `parse_watched_artifact` takes it."""
        return {"ref": self.ref, "changed": self.changed}

    def in_manifest(self) -> Any:
        """Return it as a manifest writes it: a ref alone, or a mapping."""
        return self.to_dict() if self.changed else self.ref

    def describe(self) -> str:
        """Return it in English: ``each new version of load/table.csv``."""
        return f"when the content of {self.ref} changes" if self.changed else f"each new version of {self.ref}"

    def wants(self, artifact: Artifact, news: ArtifactNews) -> bool:
        """Return whether a new version counts."""
        if self.changed and news == "unchanged":
            return False
        return fnmatch.fnmatchcase(artifact.ref.removeprefix(f"{artifact.project}/"), self.ref)


def news_of(artifact: Artifact, before: Artifact | None) -> ArtifactNews:
    """Return what ``artifact`` is after ``before``, the version of its ref before it."""
    if before is None:
        return "created"
    same = (artifact.blob, artifact.url, artifact.meta) == (before.blob, before.url, before.meta)
    # What has a content is told by it: what is said of it may hold a time.
    return "unchanged" if same or (artifact.blob is not None and artifact.blob == before.blob) else "changed"


def parse_watched_artifact(given: Any) -> WatchedArtifact:
    """Return what ``given`` says: a ref, or a mapping of ref and changed. Raises Invalid (``artifact_invalid``)."""
    if not isinstance(given, Mapping):
        given = {"ref": given}
    unknown = {str(name) for name in given} - {*_FIELDS, "description"}
    if unknown:
        raise _wrong(f"artifact has no {', '.join(sorted(unknown))}: it has {', '.join(_FIELDS)}.", "")
    ref, changed = given.get("ref"), given.get("changed")
    if not isinstance(ref, str) or not ref.strip() or len(ref) > 1000 or not ref.isprintable() or "/" not in ref:
        raise _wrong(
            "artifact names what is made again and again by who makes it and its name, such as load/table.csv, or "
            "*/table.csv.",
            "ref",
        )
    if not isinstance(changed, (bool, type(None))):
        raise _wrong("changed is true or false.", "changed")
    return WatchedArtifact(ref=ref.strip(), changed=bool(changed))


def _wrong(message: str, field: str) -> Invalid:
    return Invalid(message, code="artifact_invalid", field=f"artifact.{field}" if field else "artifact")

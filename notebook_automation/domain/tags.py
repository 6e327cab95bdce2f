"""Tags: short words that people give triggers and sessions, to find them again."""

from __future__ import annotations

import re
from collections.abc import Iterable

from .errors import Invalid

MOST = 20
_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,49}")


def validated_skip_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return the tags of cells that are not run, each once: texts as Jupyter takes them.

    Raises Invalid (``tag_invalid``).
    """
    found = tuple(dict.fromkeys(tags))
    if len(found) > MOST or not all(tag.strip() == tag and 0 < len(tag) <= 100 for tag in found):
        raise Invalid(
            f"skip_tags has at most {MOST} tags of cells, each of 1 to 100 characters without spaces around it.",
            code="tag_invalid",
            field="skip_tags",
        )
    return found


def validated_tags(tags: Iterable[str]) -> tuple[str, ...]:
    """Return ``tags`` sorted, each once. Raises Invalid (``tag_invalid``)."""
    found = sorted(set(tags))
    for tag in found:
        if not _TAG.fullmatch(tag):
            raise Invalid(
                f"{tag!r:.60} cannot be a tag: use letters, digits, '.', '_', ':', '/' and '-', beginning with a "
                "letter or digit, at most 50.",
                code="tag_invalid",
                field="tags",
            )
    if len(found) > MOST:
        raise Invalid(f"There are {len(found)} tags: at most {MOST} are taken.", code="tag_invalid", field="tags")
    return tuple(found)

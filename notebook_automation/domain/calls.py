"""What can be called: `report.ipynb`, `report.ipynb:handler`, `program.py:function`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from .errors import Invalid

_FILE = re.compile(r"(.*?\.(?:ipynb|py))(?:(:)(.*))?$", re.DOTALL | re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A parsed call: ``path`` is relative to the project's folder, ``name`` the handler or function in it."""

    path: str
    name: str | None = None

    @property
    def is_notebook(self) -> bool:
        return self.path.lower().endswith(".ipynb")

    @property
    def executed_name(self) -> str:
        """The name of the notebook as it ran."""
        return f"{PurePosixPath(self.path).stem}.ipynb"

    def __str__(self) -> str:
        return self.path if self.name is None else f"{self.path}:{self.name}"


def parse_call(text: str) -> Call:
    """Return what ``text`` calls.

    Raises Invalid (``call_invalid``) when the text names no notebook or Python function, or leaves the project.
    """
    path, separator, name = split_call(text)
    parts = PurePosixPath(path).parts
    if not path or path.startswith("/") or ".." in parts or "\\" in path or "\0" in path:
        raise Invalid(f"{text!r} leaves the project: name a file by its path inside the project.", code="call_invalid")
    call = Call(path=str(PurePosixPath(path)), name=name or None)
    if separator and not (name.strip() if call.is_notebook else name.isidentifier()):
        raise Invalid(f"{text!r} ends in no name: write file:name.", code="call_invalid")
    if call.is_notebook or (path.lower().endswith(".py") and separator):
        return call
    if path.lower().endswith(".py"):
        raise Invalid(f"{text!r} names no function: write {path}:function.", code="call_invalid")
    raise Invalid(
        f"{text!r} cannot be called: write report.ipynb, report.ipynb:handler or program.py:function.",
        code="call_invalid",
    )


def split_call(text: str) -> tuple[str, str, str]:
    """Return the file, the colon and the name in it that ``text`` means; a file's own name may have colons, too."""
    found = _FILE.match(text.strip())
    return (found[1], found[2] or "", found[3] or "") if found else text.strip().partition(":")

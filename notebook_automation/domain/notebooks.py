"""What a notebook file declares, without running it."""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from .errors import Invalid
from .parameters import Parameter


@dataclass(frozen=True, slots=True, kw_only=True)
class NotebookFacts:
    """``parameters`` is what the `parameters` cell declares, None where there is no such cell, or none to be read.

    ``handlers`` are the names of its `%%trigger` cells; ``kernel_name`` and ``language`` are its kernelspec's.
    """

    kernel_name: str | None = None
    language: str | None = None
    parameters: tuple[Parameter, ...] | None = None
    has_parameters_cell: bool = False
    handlers: tuple[str, ...] = ()

    @property
    def can_be_durable(self) -> bool:
        """Return whether what its kernel's names hold can be saved: those of Python can."""
        return self.language is None or self.language.lower() in ("python", "ipython")


def notebook_text(raw: bytes) -> str:
    """Return the text of a notebook file: UTF-8, or what its byte order mark says. Raises Invalid."""
    encoding = "utf-8-sig"
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = "utf-16"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        raise Invalid(
            f"is no notebook in UTF-8 (byte {error.start + 1}): save it in UTF-8, or anew in JupyterLab.",
            code="notebook_invalid",
        ) from None

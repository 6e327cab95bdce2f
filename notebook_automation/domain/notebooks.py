"""What a notebook file declares, without running it."""

from __future__ import annotations

from dataclasses import dataclass

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

"""Why something ran, or did not, as the API shows it."""

from __future__ import annotations

from msgspec import Struct

from notebook_automation.domain.why import StepKind

from .events import Clause


class WhyPosition(Struct, kw_only=True):
    """Where in a condition something is, both from 1."""

    condition: str
    line: int
    column: int


class WhyStep(Struct, kw_only=True):
    """One thing that led to it, or stood in its way (`ok` false; null: neither).

    `about` is the id of what it tells of. `clauses` are the tests of a rule's conditions with the values that they saw;
    `errs_at` is where one could not be decided.
    """

    kind: StepKind
    text: str
    ok: bool | None
    about: str | None
    at: str | None
    clauses: list[Clause]
    errs_at: WhyPosition | None


class Why(Struct, kw_only=True):
    """The answer in a sentence, and the steps that it is made of; `ran` is null where it is still open."""

    about: str
    ran: bool | None
    answer: str
    steps: list[WhyStep]

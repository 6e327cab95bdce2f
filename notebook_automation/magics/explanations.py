"""A filter's verdict on an event, clause by clause, with the values that it saw."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from notebook_automation.sdk.markup import Html, joined, tag

from .markup import Shown, code, table


def explanation_table(explanation: Mapping[str, Any]) -> Shown:
    """Return the server's explanation as a sentence and a table of the filter's clauses."""
    verdict = "The filter lets it through." if explanation["matched"] else "The filter stops it: it would not run."
    if explanation.get("error"):
        verdict = f"The filter has an error, so it would not run: {explanation['error']}"
    clauses = explanation.get("clauses") or []
    shown = clauses_table(clauses)
    return Shown(
        joined((tag("b", verdict), Html(shown._repr_html_()) if clauses else "")),
        f"{verdict}\n{shown!r}".rstrip(),
    )


def clauses_table(clauses: Sequence[Mapping[str, Any]]) -> Shown:
    """Return a filter's clauses as a table: what each came to, and what it saw."""
    rows = [(code(clause["text"]), _result(clause), code(_values(clause))) for clause in clauses]
    return table(("Clause", "Result", "Saw"), rows, empty="")


def _result(clause: Mapping[str, Any]) -> str:
    if clause.get("error"):
        return f"error: {clause['error']}"
    return "not needed" if clause.get("result") is None else str(clause["result"]).lower()


def _values(clause: Mapping[str, Any]) -> str:
    seen = clause.get("values") or {}
    return ", ".join(f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in seen.items())

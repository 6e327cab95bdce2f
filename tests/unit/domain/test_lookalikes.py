"""What a path has probably become."""

from __future__ import annotations

import pytest

from notebook_automation.domain.lookalikes import lookalike


@pytest.mark.parametrize(
    ("gone", "others", "now"),
    [
        ("report.ipynb", ["archive/report.ipynb", "report2.ipynb"], "archive/report.ipynb"),
        ("report.ipynb", ["Report-final.ipynb", "load.ipynb"], None),
        ("report.ipynb", ["reports.ipynb", "load.ipynb"], "reports.ipynb"),
        ("sub/report.ipynb", ["sub/reports.ipynb", "reports.ipynb"], "sub/reports.ipynb"),
        ("report.ipynb", ["report.py"], None),
        ("Untitled.ipynb", [], None),
    ],
)
def test_the_same_name_counts_more_than_a_similar_one_beside_it(gone: str, others: list[str], now: str | None) -> None:
    assert lookalike(gone, others) == now

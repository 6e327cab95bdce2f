"""Markdown of whoever wrote the notebook: readable, and nothing in it can act."""

from __future__ import annotations

import pytest
from xss import PAYLOADS, active

from notebook_automation.adapters.markdown import to_html

TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
AROUND = ["{}", "> {}", "# {}", "|a|\n|--|\n|{}|", "- x\n\n  {}", "[x]({})", "**{}**", "```{}"]


@pytest.mark.parametrize("around", AROUND)
def test_nothing_stored_in_a_prompt_can_act(around: str) -> None:
    wrong = {payload: found for payload in PAYLOADS if (found := active(to_html(around.format(payload)), TAGS))}
    assert wrong == {}


def test_the_payloads_would_act_where_nothing_was_done() -> None:
    assert len(PAYLOADS) >= 60
    raw = [payload for payload in PAYLOADS if active(payload, TAGS)]
    assert len(raw) > 50


def test_markdown_is_readable() -> None:
    page = to_html(
        "# Release\n\n*1.2* to **all**\n\n|a|b|\n|--|--|\n|1|2|\n\n1. x\n\n[log](https://example.org/?a=1&b=2)"
    )
    assert "<h2>Release</h2>" in page
    assert "<em>1.2</em> to <strong>all</strong>" in page
    assert "<th>a</th>" in page
    assert '<a href="https://example.org/?a=1&amp;b=2" rel="noopener noreferrer nofollow">log</a>' in page


def test_what_is_html_is_shown_as_it_was_written() -> None:
    assert "&lt;b&gt;bold&lt;/b&gt;" in to_html("<b>bold</b>")


def test_a_picture_from_elsewhere_is_its_description() -> None:
    assert to_html("![the chart](https://evil.example/pixel.gif)").strip() == "<p>the chart</p>"

"""Every event on its page: also one that ran nothing, with the reason clause by clause."""

from __future__ import annotations

import httpx
from playwright.sync_api import expect

from .screen import Screen


def test_a_delivery_that_ran_nothing_says_why_clause_by_clause_and_happens_again(screen: Screen) -> None:
    lab = screen.lab
    notebook = lab.notebook("inbox/order.ipynb", "print('order')")
    hook = lab.trigger(
        name="orders", type="webhook", notebook=notebook, filter='data.method == "POST" && data.json.total > 100'
    )
    small, large = (httpx.post(hook["url"], json={"total": n}, trust_env=False).json() for n in (7, 700))
    panel = screen.panel("events", trigger="inbox/orders")
    rows = panel.locator("[data-event]")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("ran its session")
    panel.get_by_label("Outcome").select_option(label="Ran nothing")
    expect(rows).to_have_count(1)
    row = panel.locator(f"[data-event='{small['event_id']}']")
    expect(row).to_contain_text("The conditions did not hold.")
    row.get_by_role("button", name="Show details").click()
    expect(row.locator("li[data-result='true']")).to_contain_text('data.method == "POST"')
    expect(row.locator("li[data-result='false']")).to_contain_text("data.json.total = 7")

    lab.ask("PATCH", "triggers/inbox/orders", {"filter": "data.json.total > 1"})
    row.get_by_role("button", name="Let it happen again").click()
    panel.get_by_label("Outcome").select_option(label="Ran something")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("Replayed")
    rows.first.get_by_role("button", name="ran its session").click()
    expect(screen.front().locator("h1")).to_have_text("inbox/orders")
    assert len(large["session_ids"]) == 1

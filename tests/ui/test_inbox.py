"""From a delivery in the inbox to a trigger, into the open notebook, and to a program on this machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from eventually import wait_until
from playwright.sync_api import Locator, expect

from .lab import Lab
from .screen import SLOW_MS, Screen
from .test_accessibility import AXE, audit
from .test_screens import NARROW, OVERFLOWING, WIDE

ORDER = {
    "action": "opened", "orderId": 4711, "customer": {"name": "Ana", "is-new": True}, "lines": [{"sku": "A-1", "n": 2}],
    "note": "<img src=x onerror=alert(1)>",
}  # fmt: skip


def send(lab: Lab, source: str, json: Any, **headers: str) -> str:
    url = lab.ask("GET", f"webhooks/inbox/sources/{source}")["url_with_token"]
    answer = httpx.post(url, json=json, headers=headers, trust_env=False)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["event_id"])


def row_of(panel: Locator, event_id: str) -> Locator:
    return panel.locator(f"tbody[data-event='{event_id}']")


@pytest.fixture
def program() -> Iterator[HTTPServer]:
    """A program on this machine that answers what it got."""

    class Echo(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(201)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            self.wfile.write(b"got " + body)

        def log_message(self, *_given: Any) -> None:
            """Nobody reads it."""

    server = HTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_trigger_is_made_from_a_delivery_by_clicks(screen: Screen, shots: Path) -> None:
    lab = screen.lab
    path = lab.notebook(
        "orders/fulfil.ipynb", ("order_id = 0\nname = ''\nregion = 'emea'", "parameters"), "print(order_id, name)"
    )
    event_id = send(lab, "shop", ORDER, **{"X-GitHub-Event": "order"})
    send(lab, "shop", {"action": "closed"})
    panel = screen.panel("inbox", source="shop")
    expect(panel.locator("tbody[data-event]")).to_have_count(2)
    row = row_of(panel, event_id)
    expect(row).to_contain_text("order")
    row.get_by_role("button", name="Show details").click()
    body = row.get_by_role("group", name="Body")
    body.get_by_role("button", name='"opened"').click()
    body.get_by_role("button", name="true").click()
    expect(row.get_by_role("region", name="Make a trigger")).to_contain_text(
        'data.json.action == "opened" && data.json.customer["is-new"] == true'
    )
    for theme in ("light", "dark"):
        screen.set_theme(theme)
        screen.page.screenshot(path=str(shots / f"{theme}-inbox.png"))
    row.get_by_role("tab", name="Headers").click()
    expect(row.get_by_role("group", name="Headers")).to_contain_text("x-github-event")
    row.get_by_role("tab", name="Raw").click()
    expect(row.get_by_label("Body as it came")).to_contain_text("<img src=x")

    row.get_by_role("button", name="Make a trigger from this…").click()
    form = screen.front()
    form.get_by_label("Notebook").fill(path)
    form.get_by_role("button", name="Continue").click()
    expect(form.get_by_label("Only if (CEL)")).to_have_value(
        'data.json.action == "opened" && data.json.customer["is-new"] == true'
    )
    expect(form.get_by_label("order_id =")).to_have_value("data.json.orderId")
    expect(form.get_by_label("name =", exact=True)).to_have_value("data.json.customer.name")
    expect(form.get_by_label("region =")).to_have_value("")
    screen.page.screenshot(path=str(shots / "inbox-to-trigger.png"))
    form.get_by_role("button", name="Create").click()
    expect(form.get_by_role("region", name="Saved trigger")).to_be_visible()
    form.get_by_role("button", name="Replay the event to it").click()
    expect(screen.page.get_by_role("heading", name="orders/fulfil", level=1)).to_be_visible()
    [made] = lab.ask("GET", "sessions", trigger="orders/fulfil")["items"]
    ended = lab.ended(made["id"])
    assert (ended["status"], ended["parameters"]) == ("completed", {"order_id": 4711, "name": "Ana"})
    # What became of it is what its replay came to.
    panel = screen.panel("inbox", source="shop")
    expect(row_of(panel, event_id)).to_have_attribute("data-status", "processed", timeout=SLOW_MS)


def test_a_delivery_becomes_the_event_of_the_open_notebook(screen: Screen) -> None:
    lab = screen.lab
    path = lab.notebook(
        "desk/look.ipynb", "import notebook_automation as na\nprint('order', na.event.data.json.orderId)"
    )
    event_id = send(lab, "desk", {**ORDER, "orderId": 12345678901234567890})
    screen.open_file(path)
    panel = screen.panel("inbox", source="desk")
    row = row_of(panel, event_id)
    row.get_by_role("button", name="Show details").click()
    row.get_by_label("Replay to").select_option(label="na.event of look.ipynb")
    row.get_by_role("button", name="Replay", exact=True).click()
    expect(screen.page.get_by_text("na.event of look.ipynb is this event now")).to_be_visible(timeout=SLOW_MS)
    screen.open_file(path)
    screen.run("notebook:run-all-cells")
    expect(screen.document().locator(".jp-OutputArea-output")).to_contain_text(
        "order 12345678901234567890", timeout=SLOW_MS
    )


def test_a_program_on_this_machine_gets_a_delivery_and_nobody_else(screen: Screen, program: HTTPServer) -> None:
    event_id = send(screen.lab, "local", {"n": 1})
    panel = screen.panel("inbox", source="local")
    row = row_of(panel, event_id)
    row.get_by_role("button", name="Show details").click()
    row.get_by_label("Replay to").select_option(label="A program on the server’s machine")
    row.get_by_label("Its address").fill("http://example.org/")
    row.get_by_role("button", name="Replay", exact=True).click()
    expect(row.get_by_text("An event is sent to this machine alone")).to_be_visible()
    row.get_by_label("Its address").fill(f"http://localhost:{program.server_port}/hook")
    row.get_by_role("button", name="Replay", exact=True).click()
    answer = row.get_by_role("region", name="Answer")
    expect(answer).to_contain_text("201")
    expect(answer).to_contain_text('got {"n":1}')


def test_dead_letters_are_gone_through_together_and_kept_ones_stand_first(screen: Screen) -> None:
    lab = screen.lab
    lab.trigger(
        name="late", type="webhook", notebook=lab.notebook("letters/late.ipynb", "1"), filter="data.json.n >= 0"
    )
    ids = [send(lab, "letters", {"n": number}) for number in range(3)]
    for event_id in ids:
        lab.ask("PATCH", f"webhooks/inbox/{event_id}", {"status": "failed"})
    panel = screen.panel("inbox", source="letters")
    panel.get_by_label("Status").select_option(label="Failed")
    rows = panel.locator("tbody[data-event]")
    expect(rows).to_have_count(3)
    oldest = row_of(panel, ids[0])
    oldest.get_by_role("button", name="Bookmark").click()
    expect(rows.first).to_have_attribute("data-event", ids[0])
    panel.get_by_label("Select all 3").check()
    panel.get_by_role("button", name="Replay…").click()
    dialog = screen.page.get_by_role("dialog")
    dialog.get_by_label("Replay to").select_option(label="letters/late")
    dialog.get_by_label("At most so many a second").fill("50")
    dialog.get_by_role("button", name="Replay").click()
    wait_until(lambda: len(lab.ask("GET", "sessions", trigger="letters/late")["items"]) == 3)
    for made in lab.ask("GET", "sessions", trigger="letters/late")["items"]:
        assert lab.ended(made["id"])["status"] == "completed"
    expect(panel.get_by_text("No delivery matches this filter.")).to_be_visible(timeout=SLOW_MS)

    panel.get_by_label("Status").select_option(label="All")
    expect(rows).to_have_count(3)
    panel.get_by_label("Select all 3").check()
    panel.get_by_role("button", name="Replay…").click()
    dialog.get_by_label("Replay to").select_option(label="letters/late")
    dialog.get_by_label("At most so many a second").fill("1")
    dialog.get_by_role("button", name="Replay").click()
    panel.get_by_role("button", name="Cancel").click()
    expect(panel.get_by_role("button", name="Cancel")).to_have_count(0)
    expect(panel.get_by_text("of 3 selected")).to_be_visible()


def test_axe_finds_nothing_in_the_inbox_and_nothing_overflows(screen: Screen, shots: Path) -> None:
    lab = screen.lab
    event_id = send(lab, "axe", ORDER)
    lab.ask("PATCH", f"webhooks/inbox/{send(lab, 'axe', {})}", {"status": "failed"})
    lab.ask("PATCH", f"webhooks/inbox/{send(lab, 'axe', {})}", {"status": "processed", "bookmarked": True})
    problems: list[str] = []
    for theme in ("light", "dark"):
        screen.set_theme(theme)
        screen.page.evaluate(AXE.read_text())
        panel = screen.panel("inbox", source="axe", id=event_id)
        row = row_of(panel, event_id)
        body = row.get_by_role("group", name="Body")
        body.get_by_role("button", name="4711").click()
        panel.get_by_text("Where to send to").click()
        panel.get_by_label("Name of the source").fill("axe")
        panel.get_by_role("button", name="Show the address").click()
        expect(panel.get_by_label("address", exact=True)).to_contain_text("/webhooks/inbox/axe?token=")
        problems += audit(screen.page, panel, f"{theme} inbox")
        for size, name in ((NARROW, "narrow-"), (WIDE, "")):
            screen.page.set_viewport_size(size)  # type: ignore[arg-type]
            screen.page.screenshot(path=str(shots / f"{theme}-{name}inbox-address.png"))
            assert panel.locator(".na-Panel").evaluate(OVERFLOWING) == [], name
        screen.run("application:close-all")
    assert not problems, "\n".join(problems)

"""Sessions in the panel: cancel one that runs, find out why one failed, retry it."""

from __future__ import annotations

from playwright.sync_api import expect

from .screen import SLOW_MS, Screen

FAILING = """def check(rows):
    if rows < 10:
        raise ValueError(f"only {rows} rows, expected at least 10")
check(rows)"""


def test_a_running_session_is_cancelled_and_keeps_its_output(screen: Screen) -> None:
    notebook = screen.lab.notebook(
        "slow/wait.ipynb", "print('it began')", "import time\ntime.sleep(300)", "print('never')"
    )
    trigger = screen.lab.trigger(name="wait", type="manual", notebook=notebook)
    session = screen.lab.fire(trigger)
    overview = screen.sidebar()
    running = overview.get_by_role("list", name="Running now").locator(f"[data-session='{session}']")
    expect(running).to_contain_text("Cell 2 of 3", timeout=SLOW_MS)

    running.locator(".na-List-main").click()
    page = screen.front()
    expect(page.get_by_role("list", name="Cells").locator("li[data-status=running]")).to_contain_text("import time")
    expect(page.get_by_role("list", name="Log")).to_contain_text("it began")
    running.get_by_role("button", name="Cancel wait").click()

    expect(page.locator(".na-Session")).to_have_attribute("data-status", "cancelled", timeout=SLOW_MS)
    expect(running).to_have_count(0)
    page.get_by_role("button", name="Open the executed notebook").click()
    executed = screen.document()
    expect(executed).to_contain_text("it began")
    expect(executed.locator(".jp-CodeCell").last).to_contain_text("[ ]:")


def test_a_failed_session_shows_its_cell_and_is_retried_by_hand(screen: Screen) -> None:
    notebook = screen.lab.notebook("quality/check.ipynb", ("rows = 3", "parameters"), FAILING)
    trigger = screen.lab.trigger(name="check", type="manual", notebook=notebook)
    first = screen.lab.fire(trigger)
    assert screen.lab.ended(first)["status"] == "failed"

    overview = screen.sidebar()
    failed = overview.get_by_role("list", name="Failed in the last day").locator(f"[data-session='{first}']")
    expect(failed).to_contain_text("only 3 rows")
    failed.locator(".na-List-main").click()
    page = screen.front()
    problem = page.get_by_role("region", name="Error")
    expect(problem.get_by_role("heading")).to_have_text("ValueError: only 3 rows, expected at least 10")
    expect(problem).to_contain_text("Failed in cell 2")
    expect(page.get_by_role("list", name="Cells").locator("li[data-status=error]")).to_contain_text("2")
    expect(problem.get_by_label("Source of the failed cell")).to_have_text(FAILING)
    expect(problem.get_by_label("Traceback")).to_contain_text("check(rows)")
    expect(page.get_by_role("list", name="Cells").locator("li[data-status=error]")).to_have_count(1)

    problem.get_by_role("button", name="Go to this cell in the notebook").click()
    source = screen.document()
    expect(source.locator(".jp-Cell.jp-mod-active")).to_contain_text("def check(rows)")
    screen.run("docmanager:save")  # its kernel has told it of its language
    screen.run("application:close")
    screen.panel("session", id=first)
    problem.get_by_role("button", name="See it as it ran").click()
    executed = screen.document()
    expect(executed.locator(".jp-Cell.jp-mod-active")).to_contain_text("def check(rows)")
    assert screen.dirty() == []

    screen.panel("session", id=first).get_by_role("button", name="Retry with the same files").click()
    retried = screen.page.locator(".na-Session:visible")
    expect(retried).not_to_have_attribute("data-session", first)
    expect(retried).to_have_attribute("data-status", "failed", timeout=SLOW_MS)
    expect(retried.get_by_role("button", name="retry of an earlier session")).to_be_visible()

    sessions = screen.panel("sessions", trigger="quality/check")
    expect(sessions.locator("[data-session]")).to_have_count(2)
    sessions.get_by_label("Status").select_option("completed")
    expect(sessions).to_contain_text("No session matches this filter.")


def test_the_log_follows_what_is_printed_until_one_scrolls_away(screen: Screen) -> None:
    code = "import time\nfor n in range(10_000):\n    print('line', n, flush=True)\n    time.sleep(0.02)"
    trigger = screen.lab.trigger(name="chatty", type="manual", notebook=screen.lab.notebook("chatty/say.ipynb", code))
    session = screen.lab.fire(trigger)
    page = screen.panel("session", id=session)
    log = page.get_by_role("list", name="Log")
    expect(log).to_contain_text("line 100", timeout=SLOW_MS)
    at_end = "list => list.scrollTop > 0 && list.scrollTop + list.clientHeight >= list.scrollHeight - 8"
    assert log.evaluate(at_end)
    log.evaluate("list => { list.scrollTop = 0 }")
    again = page.get_by_role("button", name="Follow the newest lines")
    expect(again).to_be_visible()
    seen = log.locator("li").count()
    expect(log.locator("li").nth(seen + 50)).to_be_attached(timeout=SLOW_MS)
    assert log.evaluate("list => list.scrollTop") == 0
    again.click()
    expect(again).to_have_count(0)
    screen.lab.ask("POST", f"sessions/{session}/cancel")
    screen.lab.ended(session)


def test_the_list_of_sessions_is_filtered_and_sorted(screen: Screen) -> None:
    notebook = screen.lab.notebook("many/count.ipynb", ("number = 0", "parameters"), "number")
    trigger = screen.lab.trigger(name="count", type="manual", notebook=notebook)
    ids = [screen.lab.fire(trigger, parameters={"number": number}) for number in range(3)]
    sessions = screen.panel("sessions", trigger="many/count")
    rows = sessions.locator("[data-session]")
    expect(rows.locator("[data-status=completed].na-Chip")).to_have_count(3, timeout=SLOW_MS)
    expect(rows.first).to_have_attribute("data-session", ids[-1])
    expect(rows.first).to_contain_text("number=2")
    created = sessions.get_by_role("columnheader", name="Created")
    expect(created).to_have_attribute("aria-sort", "descending")
    created.get_by_role("button").click()
    expect(created).to_have_attribute("aria-sort", "ascending")
    expect(rows.first).to_have_attribute("data-session", ids[0])
    rows.first.get_by_role("button", name="Retry with the files of now").click()
    expect(rows).to_have_count(4)


def test_a_failed_session_leads_to_its_next_try_which_can_be_cancelled(screen: Screen) -> None:
    notebook = screen.lab.notebook("tries/flaky.ipynb", "raise OSError('the shop is away')")
    retry = {"max_attempts": 3, "base_delay": 600}
    trigger = screen.lab.trigger(name="flaky", type="manual", notebook=notebook, retry=retry)
    first = screen.lab.ended(screen.lab.fire(trigger))
    following = first["retried_by"]
    listed = screen.panel("sessions").locator(f"[data-session='{following}']")
    expect(listed).to_contain_text("Held back")
    expect(listed).to_contain_text("try 2 of 3, next try at")

    page = screen.panel("session", id=first["id"])
    expect(page.get_by_role("list", name="Log")).to_contain_text(f"(try 2 of 3), as {following}.")
    page.get_by_role("button", name="tried again in another session").click()
    waiting = screen.front()
    expect(waiting.locator(f"[data-session='{following}']")).to_contain_text("try 2 of 3, next try at")
    waiting.get_by_role("button", name="Cancel").click()
    expect(waiting.locator(".na-Session")).to_have_attribute("data-status", "cancelled")


def test_what_a_session_has_started_is_shown_as_a_tree_and_cancelled_with_it(screen: Screen) -> None:
    screen.lab.notebook("grown/part.ipynb", "import time\ntime.sleep(300)")
    starting = "import notebook_automation as na, time\npart = na.start('part.ipynb')\ntime.sleep(300)"
    notebook = screen.lab.notebook("grown/whole.ipynb", starting)
    top = screen.lab.ask("POST", "sessions", {"notebook": notebook})["id"]
    screen.lab.session_when(top, lambda found: found["unended_children"] == 1, "its child is there")

    page = screen.panel("session", id=top)
    page.get_by_role("tab", name="Tree").click()
    tree = page.get_by_role("list", name="Tree of sessions")
    below = tree.locator("li li")
    expect(below.locator("[data-status]")).to_have_attribute("data-status", "running", timeout=SLOW_MS)
    tree.locator("summary").first.click()
    expect(below).to_be_hidden()
    tree.locator("summary").first.click()

    page.get_by_role("button", name="Cancel", exact=True).click()
    dialog = screen.page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 session that it has started")
    dialog.get_by_role("button", name="Go back").click()
    assert screen.lab.ask("GET", f"sessions/{top}")["status"] == "running"
    page.get_by_role("button", name="Cancel", exact=True).click()
    dialog.get_by_role("button", name="With its children").click()
    expect(page.locator(".na-Session")).to_have_attribute("data-status", "cancelled", timeout=SLOW_MS)
    expect(below.locator("[data-status]")).to_have_attribute("data-status", "cancelled", timeout=SLOW_MS)

    below.get_by_role("button", name="part.ipynb").click()
    child = screen.front()
    expect(child.get_by_role("button", name="started by another session")).to_be_visible()
    expect(child.locator(".na-Reason")).to_contain_text(f"together with {top}, which started it")

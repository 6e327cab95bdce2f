"""The forms of widgets in a real browser: what a schema becomes, and what is read from it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page, expect

from notebook_automation.widgets.browser_side import script, style

RELEASE = {
    "type": "object",
    "properties": {
        "version": {"type": "string", "title": "Version", "description": "As in the tag."},
        "day": {"type": "string", "format": "date"},
        "at": {"type": "string", "format": "date-time"},
        "count": {"type": "integer"},
        "share": {"anyOf": [{"type": "number"}, {"type": "null"}]},
        "sure": {"type": "boolean"},
        "region": {"$ref": "#/$defs/Region"},
        "teams": {"type": "array", "items": {"enum": ["ops", "leads", "sales"]}},
        "limits": {"type": "object", "properties": {"low": {"type": "number"}}, "required": ["low"]},
        "rest": {"type": "array", "items": {"type": "object"}},
        "note": {"type": "string"},
    },
    "required": ["version", "day", "count", "share", "sure", "region", "teams", "limits"],
    "$defs": {"Region": {"enum": ["emea", 7, None], "title": "Region"}},
}
INITIAL = {
    "version": "<img src=x onerror=alert(1)>", "day": "2026-12-01", "at": "2026-12-01T06:00:00Z", "count": 3,
    "share": None, "sure": True, "region": 7, "teams": ["leads"], "limits": {"low": 0.5, "kept": 1},
    "rest": [{"a": 1}], "more": "kept",
}  # fmt: skip


def form(page: Page, schema: Any, *initial: Any) -> Locator:
    """Show the form of ``schema``; its value is read by `value`."""
    page.set_content("<main></main>")
    page.add_style_tag(content=style())
    page.add_script_tag(content=f"{script('server', 'form')}\nwindow.formOf = formOf;", type="module")
    page.wait_for_function("() => window.formOf")
    show = "([schema, initial]) => { window.form = formOf(schema, initial); document.body.append(window.form.element) }"
    page.evaluate(show, [schema, *initial])
    return page.locator("body")


def value(page: Page) -> Any:
    """What the form holds; the text of its error where it holds no value."""
    read = "() => { try { const value = form.value(); return value === undefined ? 'nothing' : value }"
    return page.evaluate(read + " catch (error) { return `Error: ${error.message}` } }")


def test_every_kind_of_field_gives_back_what_it_was_given(page: Page) -> None:
    shown = form(page, RELEASE, INITIAL)
    # Whole seconds of UTC, as browsers write them.
    assert value(page) == {**INITIAL, "at": "2026-12-01T06:00:00.000Z"}
    expect(shown.get_by_label("Version")).to_have_value("<img src=x onerror=alert(1)>")
    assert shown.locator("img").count() == 0
    expect(shown.get_by_label("Version")).to_have_accessible_description("As in the tag.")


def test_what_is_typed_and_chosen_is_read(page: Page) -> None:
    shown = form(page, RELEASE, INITIAL)
    shown.get_by_label("Version").fill("1.4")
    shown.get_by_label("day").fill("2026-12-24")
    shown.get_by_label("count").fill("12")
    shown.get_by_label("share").fill("0.25")
    shown.get_by_label("sure").uncheck()
    shown.get_by_label("Region").select_option("emea")
    shown.get_by_role("group", name="teams").get_by_label("ops").check()
    shown.get_by_role("group", name="limits").get_by_label("low").fill("1")
    shown.get_by_label("rest (JSON)").fill("[]")
    shown.get_by_label("note").fill("hi")
    found = value(page)
    assert (found["version"], found["day"], found["count"], found["share"]) == ("1.4", "2026-12-24", 12, 0.25)
    assert (found["sure"], found["region"], found["teams"]) == (False, "emea", ["ops", "leads"])
    assert (found["limits"], found["rest"], found["note"]) == ({"low": 1, "kept": 1}, [], "hi")


def test_what_is_missing_or_wrong_is_named(page: Page) -> None:
    shown = form(page, RELEASE, INITIAL)
    shown.get_by_label("count").fill("some")
    assert value(page) == "Error: count is a whole number, such as 3, not some."
    shown.get_by_label("count").fill("")
    assert value(page) == "Error: Fill in: count."
    shown.get_by_label("count").fill("1")
    shown.get_by_label("rest (JSON)").fill("[")
    assert str(value(page)).startswith("Error: rest (JSON) cannot be read")
    shown.get_by_label("rest (JSON)").fill("")
    found = value(page)
    assert "rest" not in found
    assert "note" not in found


ODD: list[tuple[Any, list[Any], Any]] = [
    ({}, [{"a": 1}], {"a": 1}),
    ({}, [], "Error: Fill in: Value (JSON)."),
    (True, [0], 0),
    ({"type": "string"}, [], ""),
    ({"type": "string", "default": "x"}, [], "x"),
    ({"type": ["string", "null"]}, [], None),
    ({"type": "boolean"}, [], False),
    ({"type": ["string", "integer"]}, ["5"], "5"),
    ({"$ref": "#"}, [1], 1),
    ({"$ref": "#/$defs/A", "$defs": {"A": {"$ref": "#/$defs/A"}}}, [1], 1),
    ({"allOf": [{"type": "integer"}]}, [4], 4),
    ({"anyOf": [{"type": "string"}, {"type": "integer"}]}, [4], 4),
    ({"type": "object", "properties": {"__proto__": {"type": "string"}}}, [], {}),
]


def test_odd_schemas_have_a_form_all_the_same(page: Page) -> None:
    for schema, initial, read in ODD:
        form(page, schema, *initial)
        assert value(page) == read, schema


def test_a_page_that_jupyter_did_not_make_asks_its_kernel(page: Page) -> None:
    page.set_content("<main></main>")
    page.add_script_tag(content=f"{script('server', 'form')}\nwindow.serverOf = serverOf;", type="module")
    page.wait_for_function("() => window.serverOf")
    kernel = """() => {
        let heard
        const model = {
            on: (_, callback) => { heard = callback },
            send: ({ id, method, path, body }) => {
                const isGone = path === 'inquiries/gone'
                const answer = isGone ? [409, 'was withdrawn'] : [200, { method, path, body }]
                setTimeout(() => {
                    heard({ id: 'other', status: 200 })
                    heard({ id, status: answer[0], body: answer[1] })
                })
            }
        }
        const server = window.serverOf(model)
        return Promise.all([
            server.url,
            server.call('POST', 'inquiries/inq_1/answers', { decision: 'approve' }),
            server.call('GET', 'inquiries/gone').catch(error => [error.status, error.message])
        ])
    }"""
    sent = {"method": "POST", "path": "inquiries/inq_1/answers", "body": {"decision": "approve"}}
    assert page.evaluate(kernel) == ["", sent, [409, "was withdrawn"]]

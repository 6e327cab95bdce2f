"""The page of a signed link over HTTP: looking changes nothing, it answers once, and nobody else can."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from asking import Desk, asking, form_code
from serving import Server, serve
from xss import PAYLOADS, Elements, active

from notebook_automation.adapters.link_codes import LinkCodes, digest_of
from notebook_automation.domain.access import Caller
from notebook_automation.domain.inquiry_links import THANKS
from notebook_automation.store.tables.inquiry_links import inquiry_links

PAGE_TAGS = {
    "a", "blockquote", "body", "br", "button", "code", "del", "div", "em", "fieldset", "figcaption", "figure", "form",
    "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "html", "iframe", "img", "input", "label", "legend",
    "li", "main", "meta", "ol", "option", "p", "pre", "section", "select", "span", "strong", "style", "table", "tbody",
    "td", "textarea", "th", "thead", "title", "tr", "ul",
}  # fmt: skip


@pytest.fixture
def desk(server: Server) -> Iterator[Desk]:
    with asking(server, "links") as running:
        yield running


@pytest.fixture
def visitor() -> Iterator[httpx.Client]:
    """Somebody with nothing but an address."""
    with httpx.Client(timeout=30, trust_env=False) as client:
        yield client


def send(visitor: httpx.Client, url: str, **values: str) -> httpx.Response:
    """Send the form of a page as a browser does."""
    code = form_code(visitor.get(url).text)
    headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate"}
    return visitor.post(url, data={"form": code, **values}, headers=headers)


def change(server: Server, url: str, **values: Any) -> None:
    """Change the row of a link."""
    nonce = urlsplit(url).path.rpartition("/")[2][:32]
    statement = inquiry_links.update().where(inquiry_links.c.digest == digest_of(nonce)).values(**values)
    server.run(server.database.write(lambda tx: tx.execute(statement)))


def test_a_person_answers_by_a_link_once(desk: Desk, visitor: httpx.Client) -> None:
    inquiry = desk.ask("# Release *1.2*?", assigned_to=["ana", "bea"])
    url = desk.link(inquiry)
    page = visitor.get(url)
    assert page.status_code == 200
    assert "A question for ana" in page.text
    assert "This page is for ana alone" in page.text
    assert "<h2>Release <em>1.2</em>?</h2>" in page.text
    done = send(visitor, url, decision="approve", comment="Good.\r\nGo on.")
    assert (done.status_code, done.headers["Location"]) == (303, url.rpartition("/")[2])
    found = desk.look(inquiry)
    assert (found["status"], found["channel"], found["responded_by"]) == ("responded", "link", "ana")
    assert found["response"]["comment"] == "Good.\nGo on."
    assert desk.log(inquiry) == ["asked", "link_made", "link_used", "answered"]
    thanks = visitor.get(url)
    assert thanks.status_code == 200
    assert "You have <strong>approved</strong> “Release 1.2?” at " in thanks.text
    assert "<form" not in thanks.text


def test_looking_changes_nothing_whoever_looks(desk: Desk, visitor: httpx.Client) -> None:
    inquiry = desk.ask()
    url = desk.link(inquiry)
    before, log = desk.look(inquiry), desk.log(inquiry)
    names = ["decision=approve", "decision=reject&form=x", "_method=POST&decision=approve"]
    agents = [
        {"User-Agent": "Mozilla/5.0 (compatible; Microsoft Defender SafeLinks)"}, {"Purpose": "prefetch"},
        {"Sec-Purpose": "prefetch;prerender"}, {"X-Purpose": "preview"}, {"X-Moz": "prefetch"},
        {"User-Agent": "Slackbot-LinkExpanding 1.0"}, {"X-HTTP-Method-Override": "POST"}, {"X-Method-Override": "POST"},
    ]  # fmt: skip
    for headers in agents:
        for query in ["", *names]:
            for method in ("GET", "HEAD", "OPTIONS"):
                answer = visitor.request(method, f"{url}?{query}", headers=headers)
                assert answer.status_code == (204 if method == "OPTIONS" else 200)
                assert "Access-Control-Allow-Origin" not in answer.headers
                assert "Set-Cookie" not in answer.headers
                assert bool(answer.content) is (method == "GET")
    for method in ("PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"):
        # Each by a connection of its own: the server closes it after a method that it does not know.
        assert httpx.request(method, url, trust_env=False).status_code == 405
    assert (desk.look(inquiry), desk.log(inquiry)) == (before, log)


def test_every_answer_has_strict_headers(desk: Desk, visitor: httpx.Client) -> None:
    url = desk.link(desk.ask())
    for answer in (
        visitor.get(url), visitor.head(url), visitor.get(f"{url}x"), visitor.post(url), visitor.options(url),
        visitor.get(f"{url}/shown/7"), visitor.put(url),
    ):  # fmt: skip
        policy = answer.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'sha256-")
        assert policy.endswith("form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
        assert "script" not in policy
        for name, value in (
            ("Cache-Control", "no-store"), ("Referrer-Policy", "no-referrer"), ("X-Frame-Options", "DENY"),
            ("X-Robots-Tag", "noindex, nofollow"), ("X-Content-Type-Options", "nosniff"),
            ("Cross-Origin-Resource-Policy", "same-origin"),
        ):  # fmt: skip
            assert answer.headers[name] == value


def wrong_links(desk: Desk, url: str, other: str) -> dict[str, str]:
    base, _, token = url.rpartition("/")
    foreign = other.rpartition("/")[2]
    codes = LinkCodes(Path(desk.server.services.settings.data_dir) / "another.key")
    return {
        "forged": f"{base}/{'A' * 64}",
        "of another key": f"{base}/{token[:32]}{codes.code('link', token[:32], '')}",
        "with the code of another": f"{base}/{token[:32]}{foreign[32:]}",
        "with the random part of another": f"{base}/{foreign[:32]}{token[32:]}",
        "one character changed": f"{base}/{token[:-1]}{'A' if token[-1] != 'A' else 'B'}",
        "cut off": f"{base}/{token[:-1]}",
        "longer": f"{base}/{token}A",
        "empty": f"{base}/",
        "its hash": f"{base}/{digest_of(token[:32])}",
        "something below": f"{url}/log",
        "climbing": f"{base}/%2e%2e%2f{token}",
        "not UTF-8": f"{base}/%ff%00{token}",
        "very long": f"{base}/{'A' * 20_000}",
    }


def test_every_link_that_is_wrong_gets_the_same_answer(desk: Desk, visitor: httpx.Client) -> None:
    inquiry = desk.ask(assigned_to=["ana", "bea"])
    url, other = desk.link(inquiry), desk.link(inquiry, "bea")
    code = form_code(visitor.get(url).text)
    seen = set()
    for name, wrong in wrong_links(desk, url, other).items():
        for answer in (visitor.get(wrong), visitor.post(wrong, data={"form": code, "decision": "approve"})):
            assert answer.status_code == 404, name
            seen.add(answer.text)
    assert len(seen) == 1
    assert "ana" not in seen.pop()
    assert desk.look(inquiry)["status"] == "pending"
    assert visitor.get(url).status_code == 200


CHANGES: dict[str, Callable[[Desk, Any], dict[str, Any]]] = {
    "another inquiry": lambda desk, other: {"inquiry_id": other["id"]},
    "another person": lambda desk, other: {"person": "bea"},
    "another stage": lambda desk, other: {"stage": 1},
    "another end": lambda desk, other: {"expires_at": 4e9},
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_link_whose_row_was_changed_opens_nothing(desk: Desk, visitor: httpx.Client, what: str) -> None:
    inquiry, other = desk.ask(assigned_to=["ana", "bea"]), desk.ask()
    url = desk.link(inquiry)
    change(desk.server, url, **CHANGES[what](desk, other))
    assert visitor.get(url).status_code == 404
    assert desk.look(other)["status"] == desk.look(inquiry)["status"] == "pending"


def test_a_link_expires(desk: Desk, visitor: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    inquiry = desk.ask(timeout=3600)
    url = desk.link(inquiry)
    assert visitor.get(url).status_code == 200
    links = desk.server.services.inquiry_links
    now = links._clock()
    monkeypatch.setattr(links, "_clock", lambda: now + 3601)
    assert visitor.get(url).status_code == 404
    unbounded = desk.ask()
    monkeypatch.setattr(links, "_clock", lambda: now)
    lasting = desk.link(unbounded)
    week = desk.server.services.settings.link_days * 86400
    monkeypatch.setattr(links, "_clock", lambda: now + week - 60)
    assert visitor.get(lasting).status_code == 200
    monkeypatch.setattr(links, "_clock", lambda: now + week + 60)
    assert visitor.get(lasting).status_code == 404


def test_a_used_link_thanks_its_holder_for_an_hour_and_takes_nothing_more(
    desk: Desk, visitor: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    inquiry = desk.ask(assigned_to=["ana", "bea"], approvals=2, show=[desk.show(b"x", "chart", "image/png")])
    url = desk.link(inquiry)
    code = form_code(visitor.get(url).text)
    assert visitor.get(f"{url}/shown/0").status_code == 200
    assert send(visitor, url, decision="approve").status_code == 303
    assert visitor.get(f"{url}/shown/0").status_code == 404, "what is shown is for who still has to answer"
    again = visitor.post(url, data={"form": code, "decision": "reject"})
    assert again.status_code == 409
    assert "You have answered already, and that answer stands." in again.text
    assert "<strong>approved</strong>" in again.text
    [answer] = desk.look(inquiry)["stages"][0]["answers"]
    assert answer["decision"] == "approve"
    links = desk.server.services.inquiry_links
    now = links._clock()
    monkeypatch.setattr(links, "_clock", lambda: now + THANKS + 60)
    assert visitor.get(url).status_code == 404
    assert visitor.post(url, data={"form": code, "decision": "reject"}).status_code == 404


def test_links_end_with_their_inquiry_and_the_holder_of_an_open_page_hears_why(
    desk: Desk, visitor: httpx.Client
) -> None:
    inquiry = desk.ask(assigned_to=["ana", "bea"])
    url = desk.link(inquiry)
    code = form_code(visitor.get(url).text)
    desk.answer("bea", inquiry, decision="reject")
    assert visitor.get(url).status_code == 404
    late = visitor.post(url, data={"form": code, "decision": "approve"})
    assert late.status_code == 409
    assert "was already rejected by bea at" in late.text
    assert visitor.post(url, data={"form": "x", "decision": "approve"}).status_code == 404
    assert desk.look(inquiry)["response"]["approved"] is False


def test_a_link_ends_when_its_person_has_answered_in_another_way(desk: Desk, visitor: httpx.Client) -> None:
    inquiry = desk.ask(assigned_to=["ana", "bea"], approvals=2)
    url = desk.link(inquiry)
    code = form_code(visitor.get(url).text)
    desk.answer("ana", inquiry, decision="approve")
    assert visitor.get(url).status_code == 404
    assert visitor.post(url, data={"form": code, "decision": "reject"}).status_code == 404
    assert desk.look(inquiry)["status"] == "pending"


def test_a_link_is_of_its_stage_alone(desk: Desk, visitor: httpx.Client) -> None:
    inquiry = desk.ask(stages=[{"of": ["ana", "bea"]}, {"of": ["ana"]}])
    url = desk.link(inquiry)
    code = form_code(visitor.get(url).text)
    desk.answer("bea", inquiry, decision="approve")
    assert desk.look(inquiry)["stage"] == 1
    assert visitor.get(url).status_code == 404
    late = visitor.post(url, data={"form": code, "decision": "approve"})
    assert late.status_code == 409
    assert "Others have completed this stage meanwhile" in late.text
    assert desk.look(inquiry)["status"] == "pending"


def test_a_link_ends_when_its_turn_is_given_on_also_where_it_comes_back(desk: Desk, visitor: httpx.Client) -> None:
    inquiry = desk.ask(assigned_to=["ana"])
    url = desk.link(inquiry)
    answers = desk.server.services.inquiry_answers
    for giver, taker in (("ana", "bea"), ("bea", "ana")):
        desk.server.run(answers.delegate(Caller(kind="user", login=giver), inquiry["id"], taker, "", "rest"))
        assert visitor.get(url).status_code == 404
    assert visitor.get(desk.link(inquiry)).status_code == 200


def test_only_the_form_of_the_page_answers(desk: Desk, visitor: httpx.Client) -> None:
    inquiry, other = desk.ask(), desk.ask()
    url, foreign = desk.link(inquiry), desk.link(other)
    code = form_code(visitor.get(url).text)
    theirs = form_code(visitor.get(foreign).text)
    form = {"form": code, "decision": "approve"}
    for body, headers, status in [
        ({"decision": "approve"}, {}, 403),
        ({"decision": "approve", "form": ""}, {}, 403),
        ({"decision": "approve", "form": theirs}, {}, 403),
        ({"decision": "approve", "form": "ä"}, {}, 403),
        (form, {"Sec-Fetch-Site": "cross-site"}, 404),
        (form, {"Sec-Fetch-Site": "same-site"}, 404),
        (form, {"Content-Type": "text/plain"}, 415),
        (form, {"Content-Type": "application/json"}, 415),
        (form, {"Content-Type": "multipart/form-data; boundary=x"}, 415),
    ]:
        answer = visitor.post(url, data=body, headers=headers)
        assert answer.status_code == status, (body, headers)
    for content in (b"", b"\xff", b"form=" + code.encode() + b"&decision=approve&decision=reject", b"%zz", b"a&b"):
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        assert visitor.post(url, content=content, headers=headers).status_code in (400, 403), content
    assert visitor.post(url, data={"form": code, "comment": "x" * 1_100_000}).status_code == 413
    assert desk.look(inquiry)["status"] == "pending"
    assert desk.log(inquiry) == ["asked", "link_made"]
    again = visitor.post(url, data={"decision": "approve", "comment": "kept"})
    assert "kept</textarea>" in again.text


SCHEMA = {
    "type": "object",
    "required": ["version"],
    "properties": {
        "version": {"type": "string", "minLength": 3, "description": "as in the changelog"},
        "percent": {"type": "integer", "maximum": 100},
        "channel": {"enum": ["beta", "stable"]},
        "hosts": {"type": "array"},
    },
}


def test_a_form_is_filled_in_with_errors_beside_its_fields(desk: Desk, visitor: httpx.Client) -> None:
    inquiry = desk.ask(schema=SCHEMA, proposed={"version": "1.2.0", "percent": 10, "channel": "beta", "hosts": ["a"]})
    url = desk.link(inquiry)
    page = visitor.get(url).text
    values = {"field-0": "1", "field-1": "lots", "field-2": '"stable"', "field-3": '["b"]'}
    assert 'value="1.2.0"' in page
    wrong = send(visitor, url, decision="approve", comment="so & so", **values)
    assert wrong.status_code == 400
    assert "Write a whole number, such as 5." in wrong.text
    assert 'value="lots"' in wrong.text
    assert "so &amp; so</textarea>" in wrong.text
    assert re.search(r'id="field-1"[^>]*aria-invalid="true"', wrong.text)
    short = send(visitor, url, decision="approve", **{**values, "field-1": "20"})
    assert "Write at least 3 characters." in short.text
    done = send(visitor, url, decision="approve", **{**values, "field-0": "1.2.1", "field-1": "20"})
    assert done.status_code == 303
    found = desk.look(inquiry)
    assert found["response"]["value"] == {"version": "1.2.1", "percent": 20, "channel": "stable", "hosts": ["b"]}
    edits = {one["path"]: (one["before"], one["after"]) for one in found["response"]["edits"]}
    assert edits["/version"] == ("1.2.0", "1.2.1")


def test_an_enum_is_answered_by_its_buttons(desk: Desk, visitor: httpx.Client) -> None:
    inquiry = desk.ask(schema={"enum": ["now", "later"]})
    url = desk.link(inquiry)
    assert 'name="choice" value="&#34;later&#34;"' in visitor.get(url).text
    assert send(visitor, url, choice='"never"').status_code == 400
    assert send(visitor, url, choice='"later"').status_code == 303
    assert desk.look(inquiry)["response"]["value"] == "later"


def test_a_value_on_which_others_have_agreed_is_shown_and_stands(desk: Desk, visitor: httpx.Client) -> None:
    schema = {"type": "integer"}
    inquiry = desk.ask(schema=schema, assigned_to=["ana", "bea"], approvals=2)
    url = desk.link(inquiry)
    desk.answer("bea", inquiry, value=7, has_value=True, comment="seven")
    page = visitor.get(url).text
    assert 'value="7"' in page
    assert "<strong>bea</strong> answered" in page
    other = send(visitor, url, decision="send", **{"field-0": "8"})
    assert (other.status_code, "bea has answered with another value" in other.text) == (409, True)
    assert send(visitor, url, decision="send", **{"field-0": "7"}).status_code == 303


def test_what_is_shown_cannot_act_on_our_origin(desk: Desk, visitor: httpx.Client) -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    shown = [
        desk.show(b"\x89PNG\r\n", "chart", "image/png"),
        desk.show(svg, "drawing", "image/svg+xml"),
        desk.show(b"<script>alert(1)</script>", "table", "text/html"),
        desk.show(b"a,b", "data", "text/csv"),
    ]
    inquiry = desk.ask(show=shown)
    url = desk.link(inquiry)
    page = visitor.get(url)
    assert f'src="{url.rpartition("/")[2]}/shown/0"' in page.text
    assert re.search(r'<iframe src="[^"]+/shown/2" sandbox=""', page.text)
    kinds = []
    for number in range(4):
        answer = visitor.get(f"{url}/shown/{number}")
        assert answer.status_code == 200
        assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
        assert "allow-" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        kinds.append((answer.headers["Content-Type"], "Content-Disposition" in answer.headers))
    assert kinds == [
        ("image/png", False), ("image/svg+xml", False), ("text/html; charset=utf-8", False),
        ("application/octet-stream", True),
    ]  # fmt: skip
    for path in ("shown/4", "shown/-1", "shown/x", "shown/0/x", "shown/", "shown/٠"):
        assert visitor.get(f"{url}/{path}").status_code == 404
    assert visitor.post(f"{url}/shown/0", data={"form": form_code(page.text)}).status_code == 404
    desk.answer("ana", inquiry, decision="approve")
    assert visitor.get(f"{url}/shown/0").status_code == 404


def test_no_payload_in_prompt_comment_name_title_or_form_can_act(desk: Desk, visitor: httpx.Client) -> None:
    everything = "\n\n".join(PAYLOADS)
    schema = {
        "type": "object",
        "properties": {
            payload: {"type": "string", "title": payload, "description": payload, "default": payload}
            for payload in PAYLOADS[:30]
        }
        | {"choose": {"enum": PAYLOADS}, "json": {"type": "array", "default": PAYLOADS}},
    }
    shown = [desk.show(b"x", payload, "image/png") for payload in PAYLOADS]
    people = ["ana", *PAYLOADS[10:20]]
    inquiry = desk.ask(everything, schema=schema, show=shown[:50], assigned_to=people, approvals=2)
    url = desk.link(inquiry, PAYLOADS[10])
    page = visitor.get(url).text
    assert active(page, PAGE_TAGS) == []
    assert sum(tag == "form" for tag, _ in Elements(page).found) == 1
    assert [tag for tag, attributes in Elements(page).found if tag == "meta" and "http-equiv" in attributes] == []
    values = {f"field-{number}": payload for number, payload in enumerate(PAYLOADS[:33])}
    wrong = send(visitor, url, decision="send", comment=everything, **values)
    assert wrong.status_code == 400
    assert active(wrong.text, PAGE_TAGS) == []
    plain = desk.ask(PAYLOADS[0], assigned_to=people, approvals=2)
    mine = desk.link(plain, PAYLOADS[10])
    theirs = desk.link(plain, "ana")
    assert send(visitor, mine, decision="approve", comment=everything[:16000]).status_code == 303
    for text in (visitor.get(mine).text, visitor.get(theirs).text):
        assert active(text, PAGE_TAGS) == []
        assert "&lt;script&gt;" in text


@pytest.mark.parametrize(
    "media_type", ["text/html", "image/svg+xml", "text/plain", "application/xhtml+xml", "text/xml"]
)
def test_no_payload_that_is_shown_can_act_where_it_is_read_by_rest(desk: Desk, media_type: str) -> None:
    content = "\n".join(PAYLOADS).encode()
    inquiry = desk.ask(show=[desk.show(content, PAYLOADS[0], media_type), desk.show(content, "x", media_type)])
    for number in range(2):
        answer = desk.server.api.get(f"inquiries/{inquiry['id']}/shown/{number}")
        assert (answer.status_code, answer.content) == (200, content)
        assert re.match(r"sandbox(;|$)", answer.headers["Content-Security-Policy"])
        assert "allow-" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_link_is_made_for_oneself_alone(desk: Desk, server: Server) -> None:
    inquiry = desk.ask()
    made = server.api.post(f"inquiries/{inquiry['id']}/links")
    assert made.status_code == 201
    link = made.json()
    assert link["url"].startswith(f"{server.url}notebook-automation/inquiries/answer/")
    assert link["person"] in httpx.get(link["url"], trust_env=False).text
    body = server.api.post(f"inquiries/{inquiry['id']}/links", json={"person": "bea"}).json()
    assert body.get("person", link["person"]) == link["person"]
    ours = desk.ask(assigned_to=["bea"])
    refused = server.api.post(f"inquiries/{ours['id']}/links")
    assert (refused.status_code, refused.json()["code"]) == (403, "not_assigned")
    assert server.api.post("inquiries/inq_0/links").status_code == 404
    assert desk.code.post(f"inquiries/{inquiry['id']}/links").status_code == 403
    assert server.stranger.post(f"inquiries/{inquiry['id']}/links").status_code == 401
    desk.answer("ana", inquiry, decision="approve")
    ended = server.api.post(f"inquiries/{inquiry['id']}/links")
    assert (ended.status_code, ended.json()["code"]) == (409, "inquiry_ended")
    assert link["url"].rpartition("/")[2] not in str(server.api.get(f"inquiries/{inquiry['id']}/log").json())


def test_requests_for_a_link_are_limited(
    tmp_path: Path, visitor: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ("--NotebookAutomationApp.run_engine=False", "--NotebookAutomationApp.link_rate=1")
    with serve(tmp_path, *options, base_url="/user/ana@example.org/lab-1/") as server, asking(server) as desk:
        monkeypatch.setattr(server.services.rate_limits, "_clock", lambda: 0.0)
        url = desk.link(desk.ask(show=[desk.show(b"x", "chart", "image/png")]))
        assert [visitor.get(url).status_code for _ in range(2)] == [200, 200]
        assert [visitor.get(f"{url}/shown/0").status_code for _ in range(10)] == [200] * 10
        limited = visitor.get(url)
        assert (limited.status_code, "Retry-After" in limited.headers) == (429, True)
        assert visitor.get(desk.link(desk.ask())).status_code == 200


def test_who_guesses_at_links_is_slowed_down_wherever_they_look(
    tmp_path: Path, visitor: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ("--NotebookAutomationApp.run_engine=False", "--NotebookAutomationApp.link_source_rate=1")
    with serve(tmp_path, *options) as server, asking(server) as desk:
        monkeypatch.setattr(server.services.rate_limits, "_clock", lambda: 0.0)
        address = desk.link(desk.ask()).rpartition("/")[0]
        guesses = [visitor.get(f"{address}/{secrets.token_urlsafe(48)}").status_code for _ in range(4)]
        assert (guesses[0], guesses[-1]) == (404, 429)
        assert visitor.get(f"{address}/{secrets.token_urlsafe(48)}/shown/0").status_code == 429

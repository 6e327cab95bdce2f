"""What an inquiry shows over REST: stored by its session, bound by hash, sent in a sandbox, compared."""

from __future__ import annotations

import hashlib
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import nbformat
import pytest
from serving import Server
from xss import PAYLOADS

from notebook_automation.domain.access import Caller
from notebook_automation.execution.writer import NotebookWriter
from notebook_automation.services.retention import IN_USE_SECONDS, Retention

PROJECT = "showing"
PAGE = b"<script>fetch('/api/contents')</script>"


class Run:
    """A running session that shows things and asks; its folder is where a runner's would be."""

    def __init__(self, server: Server, code: httpx.Client, session_id: str) -> None:
        self.server, self.code, self.session_id = server, code, session_id
        self.folder = Path(server.services.settings.data_dir) / "sessions" / session_id

    def store(self, content: bytes, name: str, media_type: str, **query: Any) -> httpx.Response:
        asked = {"name": name, "media_type": media_type, **query}
        return self.code.post(f"sessions/{self.session_id}/shown", params=asked, content=content)

    def stored(self, content: bytes, name: str, media_type: str, **query: Any) -> Any:
        answer = self.store(content, name, media_type, **query)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def ask(self, *show: Any, cell: int = 1, nth: int = 0) -> httpx.Response:
        body = {
            "position": {"cell_index": cell, "piece": 0, "nth": nth},
            "inquiries": [{"prompt": "Release?", "show": list(show)}],
        }
        return self.code.post(f"sessions/{self.session_id}/inquiries", json=body)

    def asked(self, *show: Any, cell: int = 1, nth: int = 0) -> Any:
        answer = self.ask(*show, cell=cell, nth=nth)
        assert answer.status_code == 201, answer.text
        [inquiry] = answer.json()["inquiries"]
        return inquiry

    def save(self, *cells: tuple[str, str, str]) -> NotebookWriter:
        """Save a notebook as a runner does while it runs; cells are id, source, and what was printed."""
        nb = nbformat.v4.new_notebook()
        for cell_id, source, printed in cells:
            cell = nbformat.v4.new_code_cell(source, id=cell_id)
            cell.outputs = [nbformat.v4.new_output("stream", text=printed)] if printed else []
            nb.cells.append(cell)
        self.folder.mkdir(parents=True, exist_ok=True)
        writer = NotebookWriter(self.folder / "report.ipynb", nb)
        writer.flush()
        return writer


@pytest.fixture
def run(server: Server) -> Iterator[Callable[[], Run]]:
    """Begin sessions of one notebook, started by zoe."""
    call = server.notebook(f"{PROJECT}/report.ipynb", "1 + 1")
    first = server.api.post("sessions", json={"call": call}).json()
    server.api.post(f"sessions/{first['id']}/cancel")
    zoe = Caller(kind="user", login="zoe")
    project = server.run(server.services.projects.get(zoe, PROJECT))
    begun: list[Run] = []

    def begin() -> Run:
        session_id = server.run(server.services.sessions.start(zoe, project, "report.ipynb")).session.id
        begun.append(Run(server, server.begin(session_id), session_id))
        return begun[-1]

    yield begin
    for one in begun:
        one.code.close()
        server.end(one.session_id, "completed")
        shutil.rmtree(one.folder, ignore_errors=True)


def test_what_was_stored_is_bound_and_sent_in_a_sandbox(server: Server, run: Callable[[], Run]) -> None:
    session = run()
    page = session.stored(PAGE, "tägliche 'page'.html", "text/html")
    text = session.stored(b"2 rows", "tägliche 'page'.html", "text/plain", alternative=True)
    digest = hashlib.sha256(PAGE).hexdigest()
    assert (page["kind"], page["digest"], page["size"]) == ("page", digest, len(PAGE))
    assert text["kind"] == "alternative"
    inquiry = session.asked(page, text)
    assert [(one["number"], one["kind"], one["digest"]) for one in inquiry["shown"]] == [
        (0, "page", digest),
        (1, "alternative", text["digest"]),
    ]
    answer = server.api.get(f"inquiries/{inquiry['id']}/shown/0")
    assert (answer.content, answer.headers["Etag"]) == (PAGE, f'"{digest}"')
    assert answer.headers["Content-Security-Policy"] == "sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    saved = server.api.get(f"inquiries/{inquiry['id']}/shown/0", params={"download": 1})
    assert saved.headers["Content-Disposition"].startswith("attachment; ")
    part = server.api.get(f"inquiries/{inquiry['id']}/shown/1", headers={"Range": "bytes=0-0"})
    assert (part.status_code, part.content) == (206, b"2")
    for number in ("2", "-1", "x", "%C2%B2", "9" * 30):
        assert server.api.get(f"inquiries/{inquiry['id']}/shown/{number}").json()["code"] == "shown_not_found"
    assert server.api.get("inquiries/inq_none/shown/0").json()["code"] == "inquiry_not_found"


def test_no_page_or_picture_that_is_shown_can_act(server: Server, run: Callable[[], Run]) -> None:
    session = run()
    stored = [
        session.stored(payload.encode(), f"payload {number}", ("text/html", "image/svg+xml")[number % 2])
        for number, payload in enumerate(PAYLOADS)
    ]
    # Fifty are shown by one inquiry.
    for nth, start in enumerate(range(0, len(stored), 50)):
        inquiry = session.asked(*stored[start : start + 50], nth=nth)
        for shown in inquiry["shown"]:
            answer = server.api.get(f"inquiries/{inquiry['id']}/shown/{shown['number']}")
            assert answer.content == PAYLOADS[start + shown["number"]].encode()
            assert answer.headers["Content-Security-Policy"] == "sandbox"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_what_the_asking_code_claims_of_it_does_not_count(run: Callable[[], Run]) -> None:
    session = run()
    stored = session.stored(PAGE, "x", "text/html")
    forged = {**stored, "kind": "notebook", "size": 3}
    [shown] = session.asked(forged)["shown"]
    assert (shown["kind"], shown["size"]) == ("page", len(PAGE))
    [shown] = session.asked({**stored, "kind": "alternative"}, nth=1)["shown"]
    assert shown["kind"] == "page", "it would be left out where the thing before it is drawn"
    unknown = session.ask({**stored, "digest": "ab" * 32}, nth=2)
    assert (unknown.status_code, unknown.json()["code"]) == (400, "shown_not_found")


def test_a_hash_shows_nothing_that_the_session_has_not_stored_itself(server: Server, run: Callable[[], Run]) -> None:
    session, other = run(), run()
    secret = secrets.token_hex(8).encode()
    stored = other.stored(secret, "figures", "text/plain")
    foreign = server.notebook(f"elsewhere-{secrets.token_hex(4)}/report.ipynb", "1 + 1")
    started = server.api.post("sessions", json={"call": foreign}).json()
    with server.begin(started["id"]) as code:
        kept = code.post("artifacts", params={"name": "x", "session": started["id"]}, content=secret + b"!").json()
    server.end(started["id"], "completed")
    path = f"sessions/{session.session_id}/shown"
    assert session.code.post(path, params={"artifact": kept["id"]}).json()["code"] == "forbidden"
    digest = hashlib.sha256(secret + b"!").hexdigest()
    for known in (stored, {**stored, "digest": digest}, {**stored, "digest": _of_another_inquiry(other, stored)}):
        answer = session.ask(known, nth=7)
        assert (answer.status_code, answer.json()["code"]) == (400, "shown_not_found"), known
    # Whoever has the content itself may show it.
    assert session.asked(session.stored(secret, "mine", "text/plain"), nth=7)["shown"][0]["digest"] == stored["digest"]


def _of_another_inquiry(session: Run, stored: Any) -> str:
    session.save(("a", "x = 1", "1\n"))
    [*_, notebook] = session.asked(stored, nth=3)["shown"]
    assert notebook["kind"] == "notebook"
    return str(notebook["digest"])


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({"name": ""}, 400, "shown_missing"),
        ({"name": "a\nb"}, 400, "shown_name_invalid"),
        ({"media_type": "text/html\r\nX: y"}, 400, "media_type_invalid"),
        ({"artifact": "art_none"}, 404, "artifact_not_found"),
        ({"unknown": 1}, 400, "query_unknown"),
    ],
)
def test_what_cannot_be_shown_is_refused(run: Callable[[], Run], query: Any, status: int, code: str) -> None:
    answer = run().store(b"x", **{"name": "x", "media_type": "text/plain", **query})
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


def test_only_the_session_itself_shows_something_and_not_too_much(server: Server, run: Callable[[], Run]) -> None:
    session, other = run(), run()
    path = f"sessions/{session.session_id}/shown"
    for client in (server.api, other.code):
        answer = client.post(path, params={"name": "x"}, content=b"x")
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    much = session.store(b"x" * (20 * 2**20 + 1), "x", "text/plain")
    assert (much.status_code, much.json()["code"]) == (413, "body_too_large")


def test_secrets_of_the_project_are_masked_in_what_is_shown(server: Server, run: Callable[[], Run]) -> None:
    session = run()
    variable = {"value": "hunter2-of-showing", "secret": True}
    assert server.api.put(f"projects/{PROJECT}/variables/password", json=variable).status_code < 300
    inquiry = session.asked(session.stored(b"<b>hunter2-of-showing</b>", "x", "text/html"))
    assert server.api.get(f"inquiries/{inquiry['id']}/shown/0").content == b"<b>***</b>"


def test_an_artifact_is_shown_as_it_was_whatever_becomes_of_it(server: Server, run: Callable[[], Run]) -> None:
    session = run()
    kept = session.code.post("artifacts", params={"name": "plan.txt", "session": session.session_id}, content=b"now")
    stored = session.code.post(f"sessions/{session.session_id}/shown", params={"artifact": kept.json()["id"]}).json()
    assert (stored["name"], stored["kind"], stored["size"]) == ("plan.txt", "text", 3)
    given = session.stored(b"given", "given", "text/plain")
    writer = session.save(("a", "x = 1", "1\n"))
    inquiry = session.asked(stored, given)
    assert server.api.delete(f"artifacts/{kept.json()['id']}").status_code == 204
    writer.nb.cells[0].source = "x = 2"
    writer.close()
    settings = server.services.settings
    blobs = server.services.artifacts._blobs
    # Long after, all that nobody has is deleted.
    later = time.time() + 10 * IN_USE_SECONDS
    retention = Retention(server.database, blobs, settings)
    server.run(retention.clean(later))
    server.run(retention.sweep(later))
    contents = [server.api.get(f"inquiries/{inquiry['id']}/shown/{number}") for number in range(3)]
    assert [one.content for one in contents[:2]] == [b"now", b"given"]
    assert contents[2].headers["Content-Type"] == "application/x-ipynb+json"
    assert contents[2].json()["cells"][0]["source"] in ("x = 1", ["x = 1"])


def test_the_notebook_so_far_is_bound_by_the_server_with_what_was_printed_last(
    server: Server, run: Callable[[], Run]
) -> None:
    session = run()
    writer = session.save(("a", "x = 1", "1\n"), ("b", "ask()", ""))
    # As the runner saves it while the cell runs: in the journal.
    writer.nb.cells[1].outputs = [nbformat.v4.new_output("stream", text="just now\n")]
    writer.cell_changed(1)
    inquiry = session.asked(cell=1)
    [shown] = inquiry["shown"]
    assert (shown["kind"], shown["name"], shown["media_type"]) == (
        "notebook",
        "report.ipynb",
        "application/x-ipynb+json",
    )
    log = server.api.get(f"inquiries/{inquiry['id']}/log").json()["items"]
    assert [(one["what"], one["detail"].get("digest")) for one in log] == [("asked", None), ("shown", shown["digest"])]
    found = server.api.get(f"inquiries/{inquiry['id']}/notebook").json()
    assert [(one["source"], one["is_asking"]) for one in found["cells"]] == [("x = 1", False), ("ask()", True)]
    assert found["cells"][1]["outputs"][0]["text"] in ("just now\n", ["just now\n"])
    assert (found["approved"], found["changes"]) == (None, [])
    again = session.ask(cell=1).json()["inquiries"][0]
    assert again["shown"] == [shown], "asked again it is the same"


def test_the_notebook_is_compared_with_the_last_run_that_was_approved(server: Server, run: Callable[[], Run]) -> None:
    def decided(decision: str | None, *cells: tuple[str, str, str]) -> Any:
        session = run()
        session.save(*cells)
        inquiry = session.asked(cell=1)
        if decision is not None:
            answer = server.api.post(f"inquiries/{inquiry['id']}/answers", json={"decision": decision})
            assert answer.status_code == 200, answer.text
        return inquiry

    approved = decided("approve", ("a", "x = 1", "1\n"), ("b", "ask()", ""))
    decided("reject", ("a", "x = 'wrong'", "?\n"), ("b", "ask()", ""))
    inquiry = decided(None, ("new", "check()", "ok\n"), ("a", "x = 1", "2\n"), ("b", "ask()", ""))
    found = server.api.get(f"inquiries/{inquiry['id']}/notebook").json()
    assert found["approved"]["inquiry_id"] == approved["id"]
    assert [(one["kind"], one["before"], one["after"]) for one in found["changes"]] == [
        ("added", None, 0),
        ("outputs", 0, 1),
        ("same", 1, 2),
    ]
    assert found["changes"][1]["lines"] == [["-", "1"], ["+", "2"]]


def test_an_inquiry_without_a_notebook_says_so(server: Server, run: Callable[[], Run]) -> None:
    inquiry = run().asked()
    answer = server.api.get(f"inquiries/{inquiry['id']}/notebook")
    assert (answer.status_code, answer.json()["code"]) == (404, "notebook_not_shown")


def test_a_forged_notebook_hurts_nobody(server: Server, run: Callable[[], Run]) -> None:
    for content in (b"[" * 100_000, b"\xff\xfe", b'{"cells": [7, {"source": {"a": []}}]}'):
        session = run()
        session.folder.mkdir(parents=True)
        (session.folder / "report.ipynb").write_bytes(content)
        inquiry = session.asked()
        answer = server.api.get(f"inquiries/{inquiry['id']}/notebook")
        assert answer.status_code in (200, 409), answer.text
        assert server.api.get(f"inquiries/{inquiry['id']}/shown/0").content == content
    session = run()
    session.folder.mkdir(parents=True)
    (session.folder / "report.ipynb").symlink_to("/etc/hostname")
    assert session.asked()["shown"] == []

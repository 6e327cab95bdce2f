"""What an error answer looks like, whatever went wrong."""

from __future__ import annotations

import json

import pytest
from serving import Server


def test_an_error_names_itself_and_what_to_do(server: Server) -> None:
    answer = server.api.get("sessions/ses_none")
    problem = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is no session 'ses_none': it may have been deleted; a session is named by its id, which "
        "begins with ses_.",
        "code": "session_not_found",
        "instance": f"urn:notebook-automation:request:{answer.headers['X-Request-Id']}",
    }


def test_what_nobody_foresaw_is_logged_under_the_id_and_shows_no_traceback(
    server: Server, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr(type(server.services.sessions), "counts", broken)
    answer = server.api.get("status")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret detail" not in answer.text
    assert "Traceback" not in answer.text
    request_id = answer.headers["X-Request-Id"]
    assert request_id in answer.json()["detail"]
    assert any(request_id in record.getMessage() and record.exc_info for record in caplog.records)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"filter": "true"', "not JSON"),
        (b'{"filter": "true", "filter": "false"}', "twice"),
        (b'{"filter": "true", "data": NaN}', "NaN"),
        (b'{"filter": "true", "data": "\\u0000"}', "NUL"),
        (b'{"filter": "true", "data": "\\ud800"}', "surrogate"),
        (b'{"filter": "true", "data": ' + b"[" * 5000 + b"]" * 5000 + b"}", "deep"),
        (b'{"filter": "true", "data": ' + b"9" * 5000 + b"}", "too long"),
        (b"\xff\xfe", "UTF-8"),
        (b"[]", "Expected"),
        (b'{"filter": 1}', "filter"),
        (b'{"mapping": ["x"]}', "mapping"),
        (b'{"filter": "true", "extra": 1}', "extra"),
    ],
)
def test_a_body_that_cannot_be_read_is_400_and_says_why(server: Server, body: bytes, words: str) -> None:
    answer = server.api.post("events/explain", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert words in answer.json()["detail"]


def test_a_number_beyond_64_bits_stays_exact(server: Server) -> None:
    server.trigger(name="huge", type="manual")
    huge = 10**40
    receipt = server.api.post("triggers/sales/huge/fire", content=json.dumps({"data": {"n": huge}})).json()
    assert server.api.get(f"events/{receipt['event_id']}").json()["data"] == {"n": huge}


def test_bodies_are_bounded_and_typed(server: Server) -> None:
    big = server.api.post("events/explain", content=b'{"filter": "' + b"x" * (1024 * 1024) + b'"}')
    assert (big.status_code, big.json()["code"]) == (413, "body_too_large")
    chunked = server.api.post("events/explain", content=(b"x" * 65536 for _ in range(40)))
    assert (chunked.status_code, chunked.json()["code"]) == (413, "body_too_large")
    form = server.api.post("events/explain", data={"filter": "true"})
    assert (form.status_code, form.json()["code"]) == (415, "unsupported_media_type")
    packed = server.api.post("events/explain", content=b"\x1f\x8b", headers={"Content-Encoding": "gzip"})
    assert packed.status_code == 415


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ("limit=0", "request_invalid", "limit"),
        ("limit=201", "request_invalid", "limit"),
        ("limit=ten", "request_invalid", "limit"),
        ("colour=red", "query_unknown", "colour"),
        ("sort=colour", "request_invalid", "sort"),
        ("status=done", "query_invalid", "status"),
        ("status=failed&status=running", "query_invalid", "status"),
        ("since=yesterday", "time_invalid", None),
        ("order=random", "request_invalid", "order"),
        ("call=%00", "url_invalid", "call"),
        ("call=%ff", "url_invalid", "call"),
    ],
)
def test_a_query_that_cannot_be_read_names_the_parameter(
    server: Server, query: str, code: str, field: str | None
) -> None:
    answer = server.api.get(f"sessions?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    if field is not None:
        assert answer.json()["errors"][0]["field"] == field


@pytest.mark.parametrize(
    ("query", "choices"), [("order=random", "use asc, desc"), ("sort=colour", "use created, name, status, duration")]
)
def test_what_may_be_one_of_some_words_says_which(server: Server, query: str, choices: str) -> None:
    detail = server.api.get(f"sessions?{query}").json()["detail"]
    assert f"cannot be '{query.partition('=')[2]}'" in detail
    assert choices in detail.replace("desc, asc", "asc, desc")


def test_clients_of_jupyter_may_add_their_own_parameters(server: Server) -> None:
    assert server.api.get("sessions?1763712000000").status_code == 200
    assert server.api.get(f"sessions?token={server.token}&no_track_activity=1&status=").status_code == 200


def test_paths_and_methods_that_are_not_there(server: Server) -> None:
    missing = server.api.get("nowhere")
    assert (missing.status_code, missing.json()["code"]) == (404, "path_not_found")
    wrong = server.api.delete("status")
    assert (wrong.status_code, wrong.json()["code"], wrong.headers["Allow"]) == (405, "method_not_allowed", "GET")
    for path in ("triggers/%00", "sessions/%ff", "triggers/a%2f..%2fb", "sessions/' OR 1=1 --"):
        assert server.api.get(path).status_code == 404
    outside = server.api.get(f"{server.url}notebook-automation/elsewhere")
    assert outside.status_code == 404


def test_head_is_get_without_content(server: Server) -> None:
    answer = server.api.head("status")
    assert (answer.status_code, answer.content) == (200, b"")

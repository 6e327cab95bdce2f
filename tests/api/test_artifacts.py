"""Artifacts over REST: uploaded, found, downloaded, deleted; what they hold can do nothing to who looks at it."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from eventually import wait_until
from serving import Server


@pytest.fixture
def kernel(server: Server) -> Iterator[tuple[str, httpx.Client]]:
    """A running session and a client that holds its token."""
    server.trigger(name=f"art-{time.monotonic_ns()}", type="manual")
    listed = server.api.get("triggers", params={"project": "sales", "limit": 1}).json()["items"]
    [session_id] = server.api.post(f"triggers/{listed[0]['id']}/fire", json={}).json()["session_ids"]
    with server.begin(session_id) as client:
        yield session_id, client
    server.end(session_id, "completed")


def _keep(kernel: tuple[str, httpx.Client], content: bytes, name: str, **query: Any) -> dict[str, Any]:
    session_id, client = kernel
    answer = client.post("artifacts", params={"name": name, "session": session_id, **query}, content=content)
    assert answer.status_code == 201, answer.text
    stored: dict[str, Any] = answer.json()
    return stored


def test_a_session_keeps_versions_of_a_name(server: Server, kernel: tuple[str, httpx.Client]) -> None:
    first = _keep(kernel, b"a,b\n1,2\n", "sales.csv", meta='{"rows": 1, "columns": 2}')
    assert (first["type"], first["media_type"], first["version"]) == ("file_datatable", "text/csv", 1)
    assert (first["meta"], first["session_status"]) == ({"rows": 1, "columns": 2}, "running")
    second = _keep(kernel, b"a,b\n3,4\n", "sales.csv", media_type="text/plain", type="file_text", keep="2 versions")
    assert (second["version"], second["type"], second["media_type"]) == (2, "file_text", "text/plain")
    versions = server.api.get(f"artifacts/{first['id']}/versions").json()["items"]
    assert [one["id"] for one in versions] == [second["id"], first["id"]]
    listed = server.api.get("artifacts", params={"session": kernel[0]}).json()["items"]
    assert [one["id"] for one in listed] == [second["id"], first["id"]]
    assert server.api.get("artifacts", params={"session": kernel[0], "type": "file_text"}).json()["items"] == [second]
    assert server.api.get("artifacts", params={"project": "nothing"}).status_code == 404


def test_content_is_sent_whole_in_ranges_and_not_at_all(server: Server, kernel: tuple[str, httpx.Client]) -> None:
    stored = _keep(kernel, b"0123456789", "digits.txt")
    url = f"artifacts/{stored['id']}/content"
    assert stored["content_url"] == f"/hub/ana/notebook-automation/api/v1/{url}"
    whole = server.api.get(url)
    assert (whole.content, whole.headers["Content-Type"]) == (b"0123456789", "text/plain; charset=utf-8")
    assert whole.headers["Etag"] == f'"{hashlib.sha256(b"0123456789").hexdigest()}"'
    part = server.api.get(url, headers={"Range": "bytes=2-4"})
    assert (part.status_code, part.content, part.headers["Content-Range"]) == (206, b"234", "bytes 2-4/10")
    assert server.api.get(url, headers={"Range": "bytes=90-"}).status_code == 416
    known = server.api.get(url, headers={"If-None-Match": whole.headers["Etag"]})
    assert (known.status_code, known.content) == (304, b"")
    head = server.api.head(url)
    assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", "10")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b"<script>fetch('/api/contents')</script>"),
        ("image.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("script.js", b"alert(1)"),
        ("page.xhtml", b"<html xmlns='http://www.w3.org/1999/xhtml'><script>alert(1)</script></html>"),
    ],
)
def test_pages_are_served_in_a_sandbox(
    server: Server, kernel: tuple[str, httpx.Client], name: str, content: bytes
) -> None:
    stored = _keep(kernel, content, name)
    answer = server.api.get(f"artifacts/{stored['id']}/content")
    assert answer.headers["Content-Security-Policy"] == "sandbox"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer.headers["Cache-Control"].startswith("private")
    assert "Content-Disposition" not in answer.headers
    saved = server.api.get(f"artifacts/{stored['id']}/content", params={"download": 1})
    assert saved.headers["Content-Disposition"].startswith(f'attachment; filename="{name}"')


def test_a_name_of_any_script_is_downloaded_under_it(server: Server, kernel: tuple[str, httpx.Client]) -> None:
    stored = _keep(kernel, b"x", "tägliche 売上'; a=b.csv")
    answer = server.api.get(f"artifacts/{stored['id']}/content", params={"download": 1})
    expected = "filename*=UTF-8''t%C3%A4gliche%20%E5%A3%B2%E4%B8%8A%27%3B%20a%3Db.csv"
    assert expected in answer.headers["Content-Disposition"]


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/passwd", "a\\b", "x\n.txt", "", "a" * 300, "c:x"])
def test_a_name_that_leaves_its_folder_is_refused(kernel: tuple[str, httpx.Client], name: str) -> None:
    session_id, client = kernel
    answer = client.post("artifacts", params={"name": name, "session": session_id}, content=b"x")
    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"type": "nothing"}, "request_invalid"),
        ({"media_type": "text/html\r\nX: y"}, "media_type_invalid"),
        ({"media_type": "html"}, "media_type_invalid"),
        ({"meta": "[1]"}, "meta_invalid"),
        ({"meta": "{"}, "body_invalid"),
        ({"keep": "for ever"}, "retention_invalid"),
        ({"url": "javascript:alert(1)"}, "url_invalid"),
        ({"colour": "red"}, "query_unknown"),
    ],
)
def test_an_upload_says_what_is_wrong_with_it(
    kernel: tuple[str, httpx.Client], query: dict[str, str], code: str
) -> None:
    session_id, client = kernel
    answer = client.post("artifacts", params={"name": "x.txt", "session": session_id, **query}, content=b"x")
    assert (answer.status_code, answer.json()["code"]) == (400, code)


def test_a_large_upload_goes_to_the_disk_and_a_too_large_one_nowhere(
    server: Server, kernel: tuple[str, httpx.Client]
) -> None:
    uploads = Path(server.services.settings.data_dir) / "uploads"
    limit = server.services.settings.artifact_max

    def pieces(size: int) -> Iterator[bytes]:
        block = os.urandom(1024 * 1024)
        for _ in range(size // len(block)):
            yield block

    stored = _keep(kernel, pieces(40 * 1024 * 1024), "large.bin")  # type: ignore[arg-type]
    assert stored["size"] == 40 * 1024 * 1024
    session_id, client = kernel
    query = {"name": "huge.bin", "session": session_id}
    answer = client.post("artifacts", params=query, content=pieces(limit + 2 * 1024 * 1024))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert "artifact_max" in answer.json()["detail"]
    assert uploads.stat().st_mode & 0o777 == 0o700
    _wait_until_empty(uploads)


def test_an_upload_whose_sender_goes_away_leaves_nothing(server: Server, kernel: tuple[str, httpx.Client]) -> None:
    uploads = Path(server.services.settings.data_dir) / "uploads"
    session_id, client = kernel
    begun = threading.Event()

    def broken() -> Iterator[bytes]:
        yield b"x" * 100_000
        wait_until(lambda: any(uploads.iterdir()))
        begun.set()
        raise ConnectionError

    with pytest.raises(ConnectionError):
        client.post("artifacts", params={"name": "cut.bin", "session": session_id}, content=broken())
    assert begun.is_set()
    _wait_until_empty(uploads)
    assert server.api.get("artifacts", params={"session": session_id, "name": "cut.bin"}).json()["items"] == []


def test_a_person_keeps_artifacts_of_an_open_notebook_and_an_address(server: Server) -> None:
    notebook = server.notebook("by-hand/open.ipynb", "1")
    stored = server.api.post("artifacts", params={"name": "a.txt", "notebook": notebook}, content=b"x").json()
    assert (stored["project"], stored["session_id"]) == ("by-hand", None)
    link = server.api.post(
        "artifacts", params={"name": "board", "project": "by-hand", "url": "https://example.org/d"}
    ).json()
    assert (link["type"], link["url"], link["content_url"], link["drive_path"]) == (
        "url", "https://example.org/d", None, None,
    )  # fmt: skip
    nobody = server.api.post("artifacts", params={"name": "a.txt"}, content=b"x")
    assert (nobody.status_code, nobody.json()["code"]) == (400, "artifact_invalid")
    assert server.api.delete(f"artifacts/{stored['id']}").status_code == 204
    assert server.api.get(f"artifacts/{stored['id']}").status_code == 404


def test_nobody_uploads_to_a_session_of_another(server: Server, kernel: tuple[str, httpx.Client]) -> None:
    other = server.api.post("sessions", json={"notebook": server.notebook("other/n.ipynb", "1")}).json()["id"]
    answer = kernel[1].post("artifacts", params={"name": "x.txt", "session": other}, content=b"x")
    assert answer.status_code == 403
    stranger = server.stranger.post("artifacts", params={"name": "x.txt", "session": other}, content=b"x" * 1_000_000)
    assert stranger.status_code == 401


def _wait_until_empty(folder: Path) -> None:
    wait_until(lambda: not any(folder.iterdir()), lambda: f"nothing in {list(folder.iterdir())}")

"""The artifact drive, as JupyterLab reads it."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import httpx
import nbformat
import pytest
from serving import Server

LINKER = "<button DATA-commandlinker-command='x' data-commandlinker-args='{}'>press</button>"
TRUSTING = nbformat.v4.new_notebook(
    cells=[
        nbformat.v4.new_code_cell(
            "1",
            metadata={"trusted": True},
            outputs=[
                nbformat.v4.new_output(
                    "display_data", {"text/html": LINKER, "text/markdown": LINKER, "text/plain": LINKER}
                ),
            ],
        ),
        nbformat.v4.new_markdown_cell(f"# x {LINKER}"),
    ],
    metadata={"signature": "sha256:forged"},
)


@pytest.fixture(scope="module")
def folder(server: Server) -> Iterator[str]:
    """The drive's folder of a session with a notebook, a table, an image and a file in a folder of its own."""
    notebook = server.notebook("drive/n.ipynb", "1")
    server.trigger(name="nightly", type="manual", notebook=notebook)
    [session_id] = server.api.post("triggers/drive/nightly/fire", json={}).json()["session_ids"]
    with server.begin(session_id) as kernel:
        for name, content in (
            # Not by nbformat, which would leave the signature out.
            ("out.ipynb", json.dumps(TRUSTING).encode()),
            ("broken.ipynb", b"{}"),
            ("sales.csv", b"a,b\n1,2\n"),
            ("plot.png", b"\x89PNG\x00\xff"),
            ("page.md", LINKER.encode()),
            ("page.html", LINKER.encode()),
            ("deep/er/notes.txt", "grüße".encode()),
        ):
            stored = kernel.post("artifacts", params={"name": name, "session": session_id}, content=content).json()
        assert stored["drive_path"].endswith("/deep/er/notes.txt")
    yield stored["drive_path"].removesuffix("/deep/er/notes.txt")
    server.end(session_id, "completed")


def test_folders_go_down_by_project_trigger_and_session(server: Server, folder: str) -> None:
    root = server.api.get("contents/").json()
    assert (root["path"], root["type"], root["writable"], root["format"]) == ("", "directory", False, "json")
    assert "drive" in [child["name"] for child in root["content"]]
    assert server.api.get("contents").json()["content"] == root["content"]
    project = server.api.get("contents/drive", params={"type": "directory", "content": 1}).json()
    assert [(one["name"], one["path"], one["content"]) for one in project["content"]] == [
        ("nightly", "drive/nightly", None)
    ]
    session = server.api.get(f"contents/{folder}").json()
    assert [(one["name"], one["type"]) for one in session["content"]] == [
        ("deep", "directory"), ("broken.ipynb", "notebook"), ("out.ipynb", "notebook"), ("page.html", "file"),
        ("page.md", "file"), ("plot.png", "file"), ("sales.csv", "file"),
    ]  # fmt: skip
    assert session["last_modified"].startswith("20")
    deeper = server.api.get(f"contents/{folder}/deep/er").json()
    assert [one["path"] for one in deeper["content"]] == [f"{folder}/deep/er/notes.txt"]
    bare = server.api.get(f"contents/{folder}", params={"content": 0}).json()
    assert (bare["content"], bare["format"]) == (None, None)


def test_files_come_as_text_or_base64(server: Server, folder: str) -> None:
    table = server.api.get(f"contents/{folder}/sales.csv", params={"type": "file", "hash": 0}).json()
    assert (table["format"], table["content"], table["mimetype"]) == ("text", "a,b\n1,2\n", "text/csv")
    assert table["size"] == 8
    headers = {"Authorization": f"token {server.token}"}
    assert httpx.get(httpx.URL(server.url).join(table["content_url"]), headers=headers).content == b"a,b\n1,2\n"
    picture = server.api.get(f"contents/{folder}/plot.png").json()
    assert (picture["format"], base64.b64decode(picture["content"])) == ("base64", b"\x89PNG\x00\xff")
    notes = server.api.get(f"contents/{folder}/deep/er/notes.txt").json()
    assert notes["content"] == "grüße"
    forced = server.api.get(f"contents/{folder}/sales.csv", params={"format": "base64"}).json()
    assert base64.b64decode(forced["content"]) == b"a,b\n1,2\n"
    assert server.api.get(f"contents/{folder}/plot.png", params={"format": "text"}).status_code == 400


def test_a_notebook_is_never_trusted(server: Server, folder: str) -> None:
    model = server.api.get(f"contents/{folder}/out.ipynb", params={"type": "notebook"}).json()
    assert (model["type"], model["format"], model["mimetype"]) == ("notebook", "json", None)
    assert model["content"]["cells"][0]["metadata"]["trusted"] is False
    assert "signature" not in model["content"]["metadata"]
    assert model["content"]["cells"][0]["source"] == TRUSTING.cells[0].source, "whole, not as a list of lines"
    code, text = model["content"]["cells"]
    for shown in (code["outputs"][0]["data"]["text/html"], code["outputs"][0]["data"]["text/markdown"], text["source"]):
        assert "press" in shown
        assert "commandlinker" not in shown
    assert code["outputs"][0]["data"]["text/plain"] == LINKER, "shown as text, which it is"
    raw = server.api.get(f"contents/{folder}/out.ipynb", params={"type": "file"}).json()
    assert (raw["type"], raw["format"]) == ("file", "text")
    broken = server.api.get(f"contents/{folder}/broken.ipynb")
    assert (broken.status_code, broken.json()["code"]) == (400, "notebook_invalid")


@pytest.mark.parametrize("name", ["page.md", "page.html"])
def test_a_text_starts_no_command_of_labs_in_any_viewer(server: Server, folder: str, name: str) -> None:
    model = server.api.get(f"contents/{folder}/{name}").json()
    assert "press" in model["content"]
    assert "commandlinker" not in model["content"].lower()
    stored = server.api.get(httpx.URL(server.url).join(model["content_url"]))
    assert stored.content == LINKER.encode(), "what is downloaded is as it was made"


def test_it_is_read_only(server: Server, folder: str) -> None:
    for method in ("PUT", "POST", "PATCH", "DELETE"):
        answer = server.api.request(method, f"contents/{folder}/sales.csv", content=b"{}")
        assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
    assert server.api.get(f"contents/{folder}/sales.csv/checkpoints").json() == []
    assert server.api.get("contents/checkpoints").status_code in (200, 404)


@pytest.mark.parametrize(
    "path", ["nowhere", "drive/nightly/nothing", "..", "../..", "%2e%2e/%2e%2e/etc/passwd", "drive/%2e%2e"]
)
def test_there_is_nothing_outside(server: Server, folder: str, path: str) -> None:
    answer = server.api.get(f"contents/{path}")
    assert answer.status_code == 404
    assert server.api.get(f"contents/{folder}", params={"type": "file"}).status_code == 400

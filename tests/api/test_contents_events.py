"""Whoever renames through Jupyter takes the triggers along."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from eventually import wait_until
from serving import Server


def _contents(server: Server, method: str, path: str, body: Any = None) -> None:
    answer = server.api.request(method, f"{server.url}api/contents/{path}", json=body)
    assert answer.is_success, answer.text


@pytest.fixture
def folder() -> str:
    """The name of a folder that no test has used on this server."""
    return f"folder-{uuid.uuid4().hex[:8]}"


def test_a_rename_is_followed(server: Server, folder: str) -> None:
    notebook = server.notebook(f"{folder}/Untitled.ipynb", "1")
    trigger = server.trigger(name="nightly", type="webhook", notebook=notebook)

    def calls(path: str) -> Any:
        found = server.api.get(f"triggers/{trigger['id']}").json()
        return found["notebook"] == path and not found["problems"]

    _contents(server, "PATCH", notebook, {"path": f"{folder}/report.ipynb"})
    wait_until(lambda: calls(f"{folder}/report.ipynb"), "the trigger calls the notebook by its new name")
    _contents(server, "PATCH", folder, {"path": f"{folder}-moved"})
    wait_until(lambda: calls(f"{folder}-moved/report.ipynb"), "the project went along with its folder")
    assert server.stranger.post(trigger["url"]).status_code == 202
    listed = server.api.get("triggers", params={"project": trigger["project"]}).json()["items"]
    assert [one["ref"] for one in listed] == [f"{folder}/nightly"]


def test_a_save_lets_lists_look_again(server: Server, folder: str) -> None:
    notebook = server.notebook(f"{folder}/report.ipynb", "1")
    trigger = server.trigger(name="weekly", type="webhook", notebook=notebook)
    (server.root / notebook).unlink()
    assert server.api.get(f"triggers/{trigger['id']}").json()["problems"][0]["code"] == "call_not_found"
    seen: list[Any] = []
    server.services.changes.on_change(seen.append)
    content = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    _contents(server, "PUT", notebook, {"type": "notebook", "content": content})
    wait_until(lambda: any(change.entity == trigger["id"] for change in seen), "the change is announced")
    assert server.api.get(f"triggers/{trigger['id']}").json()["problems"] == []

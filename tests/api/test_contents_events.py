"""Whoever renames through Jupyter takes the triggers along."""

from __future__ import annotations

from typing import Any

from eventually import wait_until
from serving import Server


def _contents(server: Server, method: str, path: str, body: Any = None) -> None:
    answer = server.api.request(method, f"{server.url}api/contents/{path}", json=body)
    assert answer.is_success, answer.text


def test_a_rename_is_followed(server: Server) -> None:
    notebook = server.notebook("renamed/Untitled.ipynb", "1")
    trigger = server.trigger(name="nightly", type="webhook", notebook=notebook)

    def calls(path: str) -> Any:
        found = server.api.get(f"triggers/{trigger['id']}").json()
        return found["notebook"] == path and not found["problems"]

    _contents(server, "PATCH", notebook, {"path": "renamed/report.ipynb"})
    wait_until(lambda: calls("renamed/report.ipynb"), "the trigger calls the notebook by its new name")
    _contents(server, "PATCH", "renamed", {"path": "moved"})
    wait_until(lambda: calls("moved/report.ipynb"), "the project went along with its folder")
    assert server.stranger.post(trigger["url"]).status_code == 202
    assert [one["ref"] for one in server.api.get("triggers", params={"q": "nightly"}).json()["items"]] == [
        "renamed/nightly"
    ]


def test_a_save_lets_lists_look_again(server: Server) -> None:
    notebook = server.notebook("saved/report.ipynb", "1")
    trigger = server.trigger(name="weekly", type="webhook", notebook=notebook)
    (server.root / notebook).unlink()
    assert server.api.get(f"triggers/{trigger['id']}").json()["problems"][0]["code"] == "call_not_found"
    seen: list[Any] = []
    server.services.changes.on_change(seen.append)
    content = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    _contents(server, "PUT", notebook, {"type": "notebook", "content": content})
    wait_until(lambda: any(change.entity == trigger["id"] for change in seen), "the change is announced")
    assert server.api.get(f"triggers/{trigger['id']}").json()["problems"] == []

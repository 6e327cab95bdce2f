"""Trees of sessions by the command line, in a notebook and from the code of a session, on a real server."""

from __future__ import annotations

import argparse
import json
import re

import pytest
from click.testing import CliRunner, Result
from serving import Server

import notebook_automation as na
from notebook_automation.cli import cli
from notebook_automation.magics import session_tree
from notebook_automation.sdk import client
from notebook_automation.sdk.sessions import Session


def run(server: Server, *words: str) -> Result:
    return CliRunner().invoke(cli, ["session", *words, "--url", server.url, "--token", server.token])


def test_a_tree_is_drawn_and_cancelled(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = server.notebook("grown/run.ipynb", "1 + 1")
    top = server.api.post("sessions", json={"notebook": notebook}).json()["id"]
    body = {"call": "run.ipynb", "project": "grown"}
    alone = run(server, "tree", top)
    assert alone.output.split() == [top, "requested", "run.ipynb"]
    with server.begin(top) as kernel:
        token = kernel.headers["Authorization"].removeprefix("Bearer ")
        first = kernel.post("sessions", json=body).json()["id"]
        with server.begin(first) as code:
            inner = code.post("sessions", json=body).json()["id"]
        last = kernel.post("sessions", json=body).json()["id"]

        drawn = [re.sub(" +", " ", line) for line in run(server, "tree", inner).output.splitlines()]
        assert drawn == [
            f"{top} running run.ipynb", f"├─ {first} running run.ipynb",
            f"│ └─ {inner} requested run.ipynb ← this one", f"└─ {last} requested run.ipynb",
        ]  # fmt: skip
        as_json = json.loads(run(server, "tree", last, "--json").stdout)
        assert (as_json["root"]["id"], [one["id"] for one in as_json["items"]]) == (top, [first, inner, last])
        assert f"Session above  {first}" in run(server, "show", inner).output
        assert "3 not ended" in run(server, "show", top).output

        # As the code of the topmost sees it, which may list its own project only.
        monkeypatch.setenv("NOTEBOOK_AUTOMATION_URL", str(server.api.base_url))
        monkeypatch.setenv("NOTEBOOK_AUTOMATION_TOKEN", token)
        monkeypatch.setenv("NOTEBOOK_AUTOMATION_SESSION", top)
        monkeypatch.setenv("NOTEBOOK_AUTOMATION_PROJECT", "grown")
        client.forget()
        shown = session_tree.tree(None, argparse.Namespace(id=first))
        assert [line.split()[0] for line in repr(shown).splitlines()[1:]] == [top, "├─", "│", "└─"]
        assert inner in shown._repr_html_()
        own = na.start("run.ipynb", on_parent_end="cancel")
        assert (own.parent_id, own.on_parent_end) == (top, "cancel")
        above = Session(client.connect().get(f"sessions/{top}"))
        assert [one.id for one in above.children()] == [first, last, own.id]
        client.forget()

        only = run(server, "cancel", first)
        assert "1 that they started go on: --children cancels them, too." in only.stderr
        done = run(server, "cancel", top, "--children")
        assert done.exit_code == 0, done.output
        assert "go on" in done.stderr
    for one in (inner, last, own.id):
        assert server.api.get(f"sessions/{one}").json()["status"] == "cancelled"
    for one in (first, top):
        server.end(one, "cancelled")

"""Sweeps over REST and from a notebook: begun, looked at, joined, cancelled, run again."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from serving import Server

import notebook_automation as na
from notebook_automation.cli import cli
from notebook_automation.sdk.errors import Invalid
from notebook_automation.sdk.sweeps import grid, split_axes


def test_a_sweep_its_results_and_what_is_left_of_it(server: Server) -> None:
    server.notebook("swept/run.ipynb", "1 + 1")
    body = {"call": "swept/run.ipynb", "sweep": {"region": ["emea", "apac"], "year": [2024]}}
    begun = server.api.post("sweeps", json={**body, "at_once": 1, "env": {"MODE": "x"}, "memory": "1GiB"})
    assert begun.status_code == 201, begun.text
    group = begun.json()
    path = f"session-groups/{group['id']}"
    assert begun.headers["Location"].endswith(path)
    assert (group["kind"], group["total"], group["at_once"], group["waiting"]) == ("sweep", 2, 1, 2)
    assert group["asked"]["options"] == {"env": {"MODE": "x"}, "memory": 2**30}
    results = server.api.get(f"{path}/results").json()
    assert [(one["name"], one["parameters"]["region"], one["state"], one["status"]) for one in results["items"]] == [
        ("region=emea, year=2024", "emea", "waiting", None), ("region=apac, year=2024", "apac", "waiting", None),
    ]  # fmt: skip
    assert (server.api.post(f"{path}/retry", json={}).status_code, results["next_cursor"]) == (409, None)
    assert server.api.post(f"{path}/cancel", json={"running": "stop"}).json()["state"] == "cancelled"
    again = server.api.post(f"{path}/retry", json={})
    assert (again.status_code, again.json()["total"], again.json()["asked"]["retry_of"]) == (201, 2, group["id"])
    for wrong in ({"sweep": {}}, {"sweep": {"a": []}}, {"sweep": {"a": [1], "b": [1, 2]}, "zip": True}, {"at_once": 0}):
        assert server.api.post("sweeps", json={**body, **wrong}).status_code == 400, wrong


def test_a_sweep_at_a_shell(server: Server) -> None:
    server.notebook("shelled/run.ipynb", "1 + 1")

    def run(*words: str) -> str:
        done = CliRunner().invoke(cli, ["sweep", *words, "--url", server.url, "--token", server.token])
        assert done.exit_code == 0, done.output
        return done.stdout

    group = json.loads(run("start", "shelled/run.ipynb", "-p", "year=[1, 2]", "-p", "region=emea", "--json"))
    assert (group["total"], group["asked"]["parameters"]) == (2, {"region": "emea"})
    assert group["id"] in run("list")
    run("cancel", group["id"])
    shown = run("show", group["id"])
    assert "cancelled" in shown
    assert "YEAR" in shown
    assert json.loads(run("retry", group["id"], "--json"))["total"] == 2


def test_lists_are_swept_over_and_all_else_is_the_same_for_all() -> None:
    assert split_axes({"region": ("emea",), "days": 7, "years": range(2)}) == {
        "sweep": {"region": ["emea"], "years": [0, 1]}, "parameters": {"days": 7},
    }  # fmt: skip
    with pytest.raises(Invalid):
        split_axes({"days": 7})
    assert callable(na.sweep)


def test_two_parameters_are_a_grid_and_others_a_list() -> None:
    results = [
        {"parameters": {"r": r, "y": y}, "status": s, "state": "started", "result": v, "session": "ses_1"}
        for r, y, s, v in (("a", 1, "completed", 5), ("a", 2, "failed", None), ("b", 1, None, None))
    ]
    results[2]["state"] = "waiting"
    group = {"asked": {"sweep": {"r": ["a", "b"], "y": [1, 2]}, "zip": False}}
    assert grid(group, results) == (
        ["r \\ y", "1", "2"], [["a", "completed: 5", "failed"], ["b", "to come", ""]],
    )  # fmt: skip
    head, rows = grid({"asked": {"sweep": {"r": ["a"]}}}, results[:1])
    assert (head, rows) == (["r", "status", "result", "session"], [["a", "completed", "5", "ses_1"]])

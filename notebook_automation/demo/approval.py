"""The part of the demonstration in which people are asked: a release is approved, and the next one left waiting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from notebook_automation.demo.jupyterlab import DemoLab
from notebook_automation.demo.steps import ended_as, expect, step

_NOTEBOOK = "release_approval/release.ipynb"


def play_approval(lab: DemoLab) -> Any:
    """Let the example ask, approve it in both stages, ask again, and return the inquiry that is left waiting.

    Raises DemoFailed. One that waits since an earlier demonstration in this folder is taken as it is.
    """
    waiting = _pending(lab)
    if waiting:
        step("A release waits to be approved, since the time before", waiting[0]["title"])
        return waiting[0]
    first = _asked(lab, {"version": "2026.12", "most": 0.1})
    step("The release notebook asks, and waits without a process", first["title"])
    for _ in first["stages"]:
        lab.command("inquiry", "answer", first["id"], "approve", "--comment", "looks good")
    ended_as(lab, first["session_ref"], "completed", {"release.ipynb", "price_list_2026.12.csv"})
    step("It was approved in two stages, and published", "price_list_2026.12.csv")
    second = _asked(lab, {"version": "2027.01", "most": 0.05})
    difference = lab.client.get(f"inquiries/{second['id']}/notebook")
    changed = [one["kind"] for one in difference["changes"] if one["kind"] != "same"]
    expect(difference["approved"]["inquiry_id"] == first["id"], f"it was compared with {difference['approved']}")
    expect("edited" in changed and "outputs" in changed, f"what differs is {changed}")
    step(f"The next one asks; {len(changed)} cells differ from what was approved", second["title"])
    return second


def where_to_answer(inquiry: Mapping[str, Any]) -> list[str]:
    """Return the lines that say how ``inquiry`` is answered."""
    return [
        f"One inquiry is left for you: {inquiry['title']}",
        "  In the panel: Waiting for you. In Lab's terminal:",
        f"  jupyter automation inquiry answer {inquiry['id']} approve",
    ]


def _asked(lab: DemoLab, parameters: dict[str, Any]) -> Any:
    """Start the release notebook, and return what it asks once it waits without a process."""
    body = {"notebook": _NOTEBOOK, "is_durable": True, "parameters": parameters}
    session_id = str(lab.client.post("sessions", body)["id"])
    lab.session_when(session_id, lambda session: session["status"] == "waiting", "did not come to its question")
    found = lab.client.get("inquiries", session_id=session_id)["items"]
    expect(len(found) == 1 and found[0]["status"] == "pending", f"{session_id} asks {found}")
    return found[0]


def _pending(lab: DemoLab) -> list[Any]:
    found = lab.client.get("inquiries", status="pending", limit=200)["items"]
    return [one for one in found if one["notebook"] == _NOTEBOOK.rpartition("/")[2]]

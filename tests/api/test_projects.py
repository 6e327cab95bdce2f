"""Projects over REST."""

from __future__ import annotations

import yaml
from serving import ANA, Server

from notebook_automation.domain.manifest_schema import SCHEMA_FILE, manifest_schema

MANIFEST = """
version: v1
project:
  name: orders
  vars:
    - name: REGION
      value: emea
  triggers:
    - name: paid
      type: webhook
      event_type: post
      filter: data.json.total > 0
      tags: [money]
      call: n.ipynb
    - name: nightly
      type: schedule
      schedule: "0 6 * * *"
      call: n.ipynb
"""


def test_inspect_tells_what_a_notebook_declares_and_makes_nothing(server: Server) -> None:
    path = server.notebook("look at me/n.ipynb", ("region = 'emea'  # where\nlimit: float = 1", "parameters"),
                           "%%trigger paid --webhook\n1")  # fmt: skip
    inspection = server.api.get("projects/inspect", params={"path": path}).json()
    assert (inspection["project"], inspection["path"], inspection["handlers"]) == ("look-at-me", path, ["paid"])
    assert (inspection["kernel_name"], inspection["language"]) == ("python3", "python")
    assert inspection["has_parameters_cell"] is True
    assert [(one["name"], one["type"], one["default"]) for one in inspection["parameters"]] == [
        ("region", "string", "emea"), ("limit", "number", 1),
    ]  # fmt: skip
    folder = server.api.get("projects/inspect", params={"path": "look at me"}).json()
    assert folder["project"] == "look-at-me"
    assert server.api.get("projects/inspect", params={"path": ""}).json()["project"] == "root"
    assert server.api.get("projects/look-at-me").status_code == 404
    assert server.api.get("projects/inspect", params={"path": "none.ipynb"}).status_code == 404
    outside = server.api.get("projects/inspect", params={"path": "../x.ipynb"})
    assert (outside.status_code, outside.json()["code"]) == (400, "path_invalid")
    assert server.api.get("projects/inspect").status_code == 400


def test_a_manifest_is_planned_then_applied_then_exported(server: Server) -> None:
    server.notebook("orders/n.ipynb", "1")
    body = {"manifest": MANIFEST, "path": "orders"}
    planned = server.api.post("projects/apply", json=body).json()
    assert planned["applied"] is False
    assert {(step["kind"], step["name"], step["change"]) for step in planned["plan"]} >= {
        ("trigger", "paid", "create"), ("trigger", "nightly", "create"), ("variable", "REGION", "create"),
    }  # fmt: skip
    assert server.api.get("triggers/orders/paid").status_code == 404
    applied = server.api.post("projects/apply", json={**body, "dry_run": False}).json()
    assert applied["applied"] is True
    assert server.api.get("triggers/orders/paid").json()["url"]
    changed = MANIFEST.replace("> 0", "> 10").split("    - name: nightly")[0]
    plan = server.api.post("projects/apply", json={**body, "manifest": changed}).json()["plan"]
    steps = {step["name"]: step for step in plan}
    assert steps["paid"]["change"] == "change"
    assert steps["paid"]["fields"]["filter"] == ["data.json.total > 0", "data.json.total > 10"]
    assert steps["nightly"]["change"] == "delete"
    exported = server.api.get("projects/orders/export").json()["manifest"]
    assert "tags:\n    - money" in exported or "tags: [money]" in exported
    assert {one["name"] for one in yaml.safe_load(exported)["project"]["triggers"]} == {"paid", "nightly"}
    listed = {one["name"]: one for one in server.api.get("projects").json()["items"]}
    assert (listed["orders"]["trigger_count"], listed["orders"]["path"]) == (2, "orders")
    assert server.api.get("projects/orders").json() == listed["orders"]
    wrong = server.api.post("projects/apply", json={"manifest": "project: !!python/object:os.system x"})
    assert (wrong.status_code, wrong.json()["code"]) == (400, "manifest_invalid")


def test_a_folder_is_made_a_project_once(server: Server) -> None:
    server.notebook("fresh/deep/n.ipynb", "1")
    made = server.api.post("projects", json={"path": "fresh"}).json()
    assert (made["name"], made["path"], made["trigger_count"]) == ("fresh", "fresh", 0)
    assert server.api.post("projects", json={"path": "/fresh/"}).json() == made
    for path, code in (("nowhere", "path_not_found"), ("../x", "path_invalid")):
        assert server.api.post("projects", json={"path": path}).json()["code"] == code


async def opened(server: Server, name: str) -> dict[str, str]:
    """The values of a project's variables, as its sessions get them."""
    projects = server.services.projects
    project = await projects.get(ANA, name)
    return {one.name: projects.opened(one) for one in await projects.variables(ANA, project)}


def test_the_schema_of_manifests_is_served(server: Server) -> None:
    answer = server.api.get(SCHEMA_FILE)
    assert answer.headers["Content-Type"] == "application/schema+json"
    assert answer.json() == manifest_schema()
    server.trigger(name="schema", type="manual", notebook=server.notebook("schema/n.ipynb", "1"))
    exported = server.api.get("projects/schema/export").json()["manifest"]
    assert exported.startswith(f"# yaml-language-server: $schema={SCHEMA_FILE}\nversion: v1\n")
    assert server.stranger.get(SCHEMA_FILE).status_code == 401


def test_a_secret_goes_in_and_never_comes_out(server: Server) -> None:
    server.trigger(name="vars", type="manual", notebook=server.notebook("vars/n.ipynb", "1"))
    body = {"value": "hunter2-canary", "secret": True, "description": " Of the shop "}
    put = server.api.put("projects/vars/variables/token", json=body)
    token = {"name": "token", "value": None, "secret": True, "description": "Of the shop"}
    assert put.json() == token
    server.api.put("projects/vars/variables/region", json={"value": "emea"})
    listed = server.api.get("projects/vars/variables").json()["items"]
    assert listed == [
        {"name": "region", "value": "emea", "secret": False, "description": None},
        token,
    ]
    assert (
        server.api.put("projects/vars/variables/token", json={"value": "hunter2-other", "secret": True}).json() == token
    )
    kept = server.api.put("projects/vars/variables/token", json={"secret": False, "description": "Of all"})
    assert kept.json() == {**token, "description": "Of all"}
    assert server.run(opened(server, "vars")) == {"region": "emea", "token": "hunter2-other"}
    nothing = server.api.put("projects/vars/variables/new", json={"description": "x"})
    assert (nothing.status_code, nothing.json()["code"]) == (404, "variable_not_found")
    assert server.api.put("projects/vars/variables/region", json={"description": "x" * 1001}).status_code == 400
    for path in ("projects/vars/export", "projects/vars", "projects/vars/variables", "triggers/vars/vars"):
        assert "hunter2" not in server.api.get(path).text
    assert server.api.delete("projects/vars/variables/region").status_code == 204
    gone = server.api.delete("projects/vars/variables/region")
    assert (gone.status_code, gone.json()["code"]) == (404, "variable_not_found")

"""The OpenAPI document and the page made of it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import jsonschema
from serving import Server

from notebook_automation.api.models.triggers import TriggerBody
from notebook_automation.api.openapi import document
from notebook_automation.api.routes import ROUTES
from notebook_automation.domain.trigger_definitions import SETTABLE


def test_every_route_is_in_it_with_its_types(server: Server) -> None:
    spec = server.api.get("openapi.json").json()
    assert spec["servers"] == [{"url": "/hub/ana/notebook-automation/api/v1"}]
    operations = {(method.upper(), path) for path, one in spec["paths"].items() for method in one}
    assert operations == {(route.method, "/" + route.path.replace("...}", "}")) for route in ROUTES}
    ids = [operation["operationId"] for one in spec["paths"].values() for operation in one.values()]
    assert len(ids) == len(set(ids))
    fire = spec["paths"]["/triggers/{id}/fire"]["post"]
    assert fire["requestBody"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/FireBody"}
    assert fire["responses"]["202"]["content"]["application/json"]["schema"] == {"$ref": "#/components/schemas/Receipt"}
    limit = next(one for one in spec["paths"]["/sessions"]["get"]["parameters"] if one["name"] == "limit")
    assert (limit["schema"]["minimum"], limit["schema"]["maximum"], limit["required"]) == (1, 200, False)


def test_every_reference_leads_somewhere_and_every_schema_is_one() -> None:
    spec = document(ROUTES)
    schemas = spec["components"]["schemas"]
    assert set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(spec))) <= set(schemas)
    for name, schema in schemas.items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema.get("description"), f"{name} is not described"
        # Indented as in the source or not, it would depend on the version of msgspec.
        assert "\n  " not in schema["description"], name


def test_answers_are_what_the_document_says(server: Server) -> None:
    server.trigger(name="documented", type="schedule", schedule={"every": "2h"})
    server.api.post("triggers/sales/documented/fire", json={})
    spec = document(ROUTES)
    root: dict[str, Any] = {"components": spec["components"]}
    for path in ("triggers", "sessions", "events", "projects", "artifacts", "status", "triggers/sales/documented"):
        template = "triggers/{project}/{name}" if path.count("/") == 2 else path
        answer = spec["paths"][f"/{template}"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        found = server.api.get(path)
        assert found.status_code == 200
        jsonschema.validate(found.json(), {**root, **answer})
    problem = spec["paths"]["/status"]["get"]["responses"]["default"]["content"]["application/problem+json"]["schema"]
    jsonschema.validate(server.api.get("sessions/none").json(), {**root, **problem})


def test_a_trigger_takes_every_field_that_can_be_set() -> None:
    assert set(TriggerBody.__struct_fields__) == SETTABLE | {"project", "notebook", "handler"}


def test_the_page_needs_nothing_from_elsewhere(server: Server) -> None:
    answer = server.api.get("docs")
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "<script" not in answer.text
    assert not re.search(r"(src|href)=.(https?:)?//", answer.text)
    for route in ROUTES:
        assert route.summary.replace("'", "&#x27;") in answer.text


def test_it_is_printed_for_the_front_end() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "notebook_automation.api"], capture_output=True, check=True, timeout=60
    )
    assert json.loads(done.stdout) == json.loads(json.dumps(document(ROUTES)))

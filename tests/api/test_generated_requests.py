"""Requests that the OpenAPI document allows, and such as it does not: the answer is never that the server is broken.

A few for each operation; `pytest --generated 10000` sends so many to each.
"""

from __future__ import annotations

from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from serving import Server

from notebook_automation.api.connections import HEADERS_READ
from notebook_automation.api.openapi import document
from notebook_automation.api.routes import ROUTES

SCHEMA = schemathesis.openapi.from_dict(document(ROUTES))
OPERATIONS = {
    f"{operation.method.upper()} {operation.path}": operation
    for operation in (found.ok() for found in SCHEMA.get_all_operations())
}
PATIENCE = 60.0
"""Seconds after which a request hangs."""


@pytest.mark.parametrize("name", OPERATIONS)
def test_no_request_that_is_allowed_breaks_the_server(
    server: Server, name: str, request: pytest.FixtureRequest
) -> None:
    _send(server, name, GenerationMode.POSITIVE, request)


@pytest.mark.parametrize("name", [name for name, operation in OPERATIONS.items() if operation.body])
def test_no_request_that_is_not_allowed_breaks_the_server(
    server: Server, name: str, request: pytest.FixtureRequest
) -> None:
    _send(server, name, GenerationMode.NEGATIVE, request)


def _send(server: Server, name: str, mode: GenerationMode, request: pytest.FixtureRequest) -> None:
    cases: Any = OPERATIONS[name].as_strategy(generation_mode=mode)

    @given(case=cases)
    @settings(
        max_examples=int(request.config.getoption("--generated")), database=None, derandomize=True,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    def send(case: Any) -> None:
        try:
            answer = case.call(
                base_url=str(server.api.base_url), timeout=PATIENCE,
                headers={"Authorization": server.api.headers["Authorization"]},
            )  # fmt: skip
        except requests.ConnectionError as closed:
            if closed.request is not None and len(closed.request.url or "") > HEADERS_READ:
                # A head that long is not read to its end.
                return
            raise
        assert answer.status_code < 500, f"{case.as_curl_command()}: {answer.text[:500]}"

    send()

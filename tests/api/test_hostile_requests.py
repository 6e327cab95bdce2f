"""Whatever a caller sends to whichever route, the answer is never that the server is broken."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from serving import Server

from notebook_automation.api.routes import ROUTES
from notebook_automation.api.routing import Route

DEEP = "(" * 200 + "1" + ")" * 200
VALUES: tuple[Any, ...] = (
    None, True, -1, 2**31, 2**63, -(2**63) - 1, 10**30, 1e308, -0.5, "", " ", "x" * 256, "x" * 5000, "é" * 200,
    "\x1b[31m",
    "../../etc/passwd", "/etc/passwd", "a/" * 2000, "loop/loop.ipynb", "loops/a.ipynb", "kernel.ipynb", "broken.ipynb",
    "sales/report.ipynb:" + "h" * 300, "x" * 300 + ".ipynb", "a:b:c.ipynb", "ü" * 120 + "/n.ipynb", ".", "..", "a\\b",
    "-".join(["data"] * 1500), DEEP, "!" * 1000 + "true", "data" + ".a" * 500, "data" + "[0]" * 500,
    "99999999999999999999", "0 0 31 2 *", "@every 99999999999999999999h", "9999-12-31T23:59:59Z",
    "0001-01-01T00:00:00+23:59", "1e400 days",
    "99999999999999999999 days", "99999999999999999999 versions", [], [[]] * 3, {}, {"a": 10**30}, {"x" * 300: "1"},
    {"a": "x" * 5000}, {"a": DEEP}, {"cron": "* * * * *", "jitter": 1e308}, {"every": "1000000000w"},
    {"every": "1e308s"},
    {"at": "9999-12-31T23:59:59+14:00"}, {"at": "0001-01-01 00:00", "timezone": "Asia/Tokyo"},
    {"cron": "0 0 30 2 *"}, {"cron": "* * * * *", "timezone": "x" * 300}, {"cron": "* * * * *", "timezone": "../x"},
)  # fmt: skip
"""What each field is given in turn: large numbers, long names, circles of links, deep expressions."""
NAMES = (
    "x" * 300, "%00", "%FF", "..", "%2e%2e%2f", "trg_" + "0" * 26, "a%2Fb", "ü" * 100, "99999999999999999999",
    "%F0%9F%92%A9",
)  # fmt: skip


THOROUGH = frozenset({"call", "notebook", "path", "filter", "schedule"})
"""Fields that mean something outside of the request: each is given every value, the others one in ``STRIDE``."""
STRIDE = 9


@pytest.fixture(scope="module")
def hostile(server: Server) -> Server:
    """A server with a folder of things that are no notebooks, or are so in an odd way."""
    server.trigger(name="fuzzed", type="webhook")
    root = server.root
    root.joinpath("loops").mkdir(exist_ok=True)
    os.symlink("loop", root / "loop")
    os.symlink("b.ipynb", root / "loops/a.ipynb")
    os.symlink("a.ipynb", root / "loops/b.ipynb")
    notebook: dict[str, Any] = {
        "cells": [],
        "metadata": {"kernelspec": ["python3"]},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    root.joinpath("kernel.ipynb").write_text(json.dumps(notebook))
    root.joinpath("broken.ipynb").write_text("[" * 5000)
    return server


def _id(route: Route) -> str:
    return f"{route.method} {route.path}"


def _bodies(route: Route) -> Iterator[dict[str, Any]]:
    fields = {one.encode_name: one for one in msgspec.structs.fields(route.body)}
    usual: dict[str, Any] = {"name": "fuzzed", "type": "webhook", "project": "sales", "data": {}, "value": "1"}
    given = {one: usual.get(one, "x") for one, field in fields.items() if field.required or one in usual}
    # Several routes take the same: they read it in the same way.
    first = next(one for one in ROUTES if one.body is route.body) is route
    for number, name in enumerate(fields):
        # A notebook says itself which project it belongs to.
        others = {one: value for one, value in given.items() if not (name in ("notebook", "call") and one == "project")}
        for value in VALUES if name in THOROUGH and first else VALUES[number % STRIDE :: STRIDE]:
            yield {**others, name: value}
        if name == "call" and first:
            yield from ({**given, name: value} for value in VALUES if isinstance(value, str))


def _path(route: Route, part: str) -> str:
    return re.sub(r"\{\w+(\.\.\.)?\}", part, route.path)


def _sent(server: Server, route: Route, path: str, **more: Any) -> None:
    answer = server.api.request(route.method, path, **more)
    assert answer.status_code < 500, f"{_id(route)} {path[:200]} {str(more)[:400]}: {answer.text[:500]}"


JSON_ROUTES = [route for route in ROUTES if route.handle is not None]


@pytest.mark.parametrize("route", [one for one in JSON_ROUTES if one.body is not None], ids=_id)
def test_no_body_breaks_the_server(hostile: Server, route: Route) -> None:
    path = route.path.replace("{project}", "sales").replace("{name}", "fuzzed")
    for body in _bodies(route):
        _sent(hostile, route, re.sub(r"\{\w+\}", "x", path), json=body)


@pytest.mark.parametrize("route", JSON_ROUTES, ids=_id)
def test_no_address_breaks_the_server(hostile: Server, route: Route) -> None:
    if "{" in route.path:
        for name in NAMES:
            _sent(hostile, route, _path(route, name), json={} if route.body else None)
    if route.query is not None:
        for number, field in enumerate(msgspec.structs.fields(route.query)):
            for value in (*VALUES, *NAMES)[number % STRIDE :: STRIDE]:
                text = quote(value if isinstance(value, str) else json.dumps(value))[:20_000]
                _sent(hostile, route, f"{_path(route, 'x')}?{field.encode_name}={text}")

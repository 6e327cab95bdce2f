"""Each noun brings its own routes: none is forgotten, none is in another's section, and each can be reached."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from notebook_automation import api
from notebook_automation.api.routes import ROUTES
from notebook_automation.api.routing import Request, Route, Table

MODULES = {
    found.name.rpartition(".")[2]: importlib.import_module(found.name)
    for found in pkgutil.iter_modules(api.__path__, f"{api.__name__}.")
}
WITH_ROUTES = {name: module for name, module in MODULES.items() if hasattr(module, "ROUTES") and hasattr(module, "TAG")}


def handlers(module: ModuleType) -> Iterator[Any]:
    """Yield the public functions of ``module`` that answer a request."""
    for name, found in inspect.getmembers(module, inspect.iscoroutinefunction):
        parameters = list(inspect.signature(found, eval_str=True).parameters.values())
        answers = len(parameters) == 1 and parameters[0].annotation is Request
        if found.__module__ == module.__name__ and answers and not name.startswith("_"):
            yield found


def test_the_list_holds_the_routes_of_every_module_and_no_others() -> None:
    assert WITH_ROUTES
    listed = {id(route) for route in ROUTES}
    assert listed == {id(route) for module in WITH_ROUTES.values() for route in module.ROUTES}
    assert len(ROUTES) == len(listed)


@pytest.mark.parametrize("name", MODULES)
def test_every_handler_of_a_module_has_a_route_there(name: str) -> None:
    module = MODULES[name]
    routes: tuple[Route, ...] = module.ROUTES if name in WITH_ROUTES else ()
    assert {route.handle for route in routes if route.handle is not None} == set(handlers(module))


@pytest.mark.parametrize("name", WITH_ROUTES)
def test_every_route_is_in_the_section_of_its_module(name: str) -> None:
    module = WITH_ROUTES[name]
    for route in module.ROUTES:
        assert route.tag is module.TAG
        # Of webhooks only the inbox has routes here.
        parts = [part.replace("-", "_") for part in route.path.split("/")]
        nouns = [part for part in parts if part in WITH_ROUTES]
        assert route.tag.name.replace(" ", "_") == (nouns[0] if nouns else "server"), route.path


def test_every_section_has_one_name_and_one_text() -> None:
    tags = {route.tag for route in ROUTES}
    assert len({tag.name for tag in tags}) == len(tags)
    assert all(tag.text.endswith(".") for tag in tags)


def test_no_two_routes_meet() -> None:
    places = [(route.method, re.sub(r"\{\w+(\.\.\.)?\}", r"{\1}", route.path)) for route in ROUTES]
    assert sorted({place for place in places if places.count(place) > 1}) == []
    table = Table(ROUTES)
    for route in ROUTES:
        path = re.sub(r"\{\w+(\.\.\.)?\}", "x", route.path)
        assert table.find(route.method, path).route is route, path

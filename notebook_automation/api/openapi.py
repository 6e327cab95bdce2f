"""The OpenAPI 3.1 document, made from the routes and the types that validate their requests."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from functools import cache
from typing import Any

import msgspec

from notebook_automation._version import __version__
from notebook_automation.domain.request_keys import MAX_LENGTH

from .models.problems import Problem
from .problems import MEDIA_TYPE
from .routing import Route

_REQUEST_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": MAX_LENGTH},
    "description": "Asked again with the same key and body, it is done once; with another body it is refused (422).",
}
_REF = "#/components/schemas/{name}"


@cache
def document(routes: tuple[Route, ...]) -> dict[str, Any]:
    """Return the document of ``routes`` for a server at an unknown address; it is shared: copy it to change it."""
    types: list[Any] = [Problem]
    for route in routes:
        types += [one for one in (route.query, route.body, route.answer, *route.messages()) if one is not None]
    unique = list(dict.fromkeys(types))
    schemas, components = msgspec.json.schema_components(unique, ref_template=_REF)
    for schema in components.values():
        _clean(schema)
    schema_of = dict(zip(unique, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        address = "/" + route.path.replace("...}", "}")
        paths.setdefault(address, {})[route.method.lower()] = _operation(route, schema_of, components)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Notebook Automation", "version": __version__},
        "servers": [{"url": "/notebook-automation/api/v1"}],
        "security": [{"jupyter": []}, {"session": []}],
        "tags": [{"name": tag.name, "description": tag.text} for tag in dict.fromkeys(route.tag for route in routes)],
        "paths": paths,
        "components": {
            "schemas": _without(components, {route.query.__name__ for route in routes if route.query is not None}),
            "securitySchemes": {
                "jupyter": {
                    "type": "apiKey",
                    "in": "header",
                    "name": "Authorization",
                    "description": "`token <the server's token>`; a browser's cookie with X-XSRFToken does as well.",
                },
                "session": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token of a running session, good for that session and its project.",
                },
            },
        },
    }


def _clean(schema: dict[str, Any]) -> None:
    # msgspec kept the indentation of docstrings until 0.22: the document is the same with every version.
    if "description" in schema:
        schema["description"] = inspect.cleandoc(schema["description"])


def _operation(route: Route, schema_of: dict[Any, Any], components: dict[str, Any]) -> dict[str, Any]:
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in re.findall(r"\{(\w+)", route.path)
    ]
    if route.query is not None:
        parameters += _query_parameters(components[route.query.__name__])
    if route.takes_key:
        parameters.append(_REQUEST_KEY)
    operation: dict[str, Any] = {
        "operationId": _operation_id(route),
        "tags": [route.tag.name],
        "summary": route.summary,
        "parameters": parameters,
        "responses": _responses(route, schema_of),
        "x-permission": route.permission,
    }
    if route.handle is not None and route.handle.__doc__:
        operation["description"] = inspect.cleandoc(route.handle.__doc__)
    if route.body is not None:
        operation["requestBody"] = {"content": {"application/json": {"schema": schema_of[route.body]}}}
    if route.messages():
        operation["x-messages"] = {"oneOf": [schema_of[one] for one in route.messages()]}
    if route.takes_file:
        operation["requestBody"] = {"content": {"application/octet-stream": {}}}
    return operation


def _responses(route: Route, schema_of: dict[Any, Any]) -> dict[str, Any]:
    good: dict[str, Any] = {"description": "Done."}
    if route.answer is not None:
        good["content"] = {route.media_type: {"schema": schema_of[route.answer]}}
    elif route.status == 200:
        good["content"] = {route.media_type: {}}
    codes = [str(route.status)]
    if route.may_create:
        codes.append("201")
    problem = {"description": "What went wrong.", "content": {MEDIA_TYPE: {"schema": schema_of[Problem]}}}
    return {**dict.fromkeys(codes, good), "default": problem}


def _query_parameters(schema: dict[str, Any]) -> Iterable[dict[str, Any]]:
    for name, field in schema.get("properties", {}).items():
        shown = {key: value for key, value in field.items() if key != "description"}
        # Null is how "not given" is held here; in an address it is left out.
        options = [one for one in shown.get("anyOf", []) if one != {"type": "null"}]
        if "anyOf" in shown and len(options) == 1:
            shown = {**{key: value for key, value in shown.items() if key != "anyOf"}, **options[0]}
        if shown.get("default", "") is None:
            del shown["default"]
        described = shown.pop("description", None) or field.get("description")
        parameter = {"name": name, "in": "query", "required": name in schema.get("required", []), "schema": shown}
        yield {**parameter, "description": described} if described else parameter


def _operation_id(route: Route) -> str:
    words = re.findall(r"\w+", route.path)
    return route.method.lower() + "".join(word[0].upper() + word[1:] for word in words)


def _without(components: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: schema for name, schema in components.items() if name not in names}

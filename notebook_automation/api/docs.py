"""The API as a page to read: made on the server, with no script and nothing from elsewhere."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Any

_STYLE = """
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); text-transform: capitalize; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .4rem 0; padding: .4rem .8rem; }
summary { cursor: pointer; } summary b { display: inline-block; min-width: 4.5rem; }
code, summary { font-family: ui-monospace, monospace; font-size: 13px; }
summary span { font-family: system-ui, sans-serif; opacity: .75; margin-left: .6rem; }
table { border-collapse: collapse; width: 100%; margin: .5rem 0; }
td, th { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0; border-top: 1px solid var(--line); }
"""
CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"
"""What the page needs: its own style."""


def render(document: Mapping[str, Any], api: str) -> str:
    """Return the page of an OpenAPI ``document`` for the API at the path ``api``."""
    operations: dict[str, list[str]] = {tag["name"]: [] for tag in document["tags"]}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            operations[operation["tags"][0]].append(_operation(method, path, operation))
    sections = "".join(
        f"<h2 id='{tag['name']}'>{tag['name']}</h2><p>{_text(tag['description'])}</p>{''.join(operations[tag['name']])}"
        for tag in document["tags"]
    )
    schemas = "".join(_schema(name, schema) for name, schema in sorted(document["components"]["schemas"].items()))
    return (
        "<!doctype html><html lang='en'><head><meta charset='utf-8'><title>Notebook Automation API</title>"
        f"<style>{_STYLE}</style></head><body><h1>Notebook Automation API</h1>"
        f"<p>Version {_text(document['info']['version'])}, below <code>{_text(api)}</code>. The same as "
        "<a href='openapi.json'>OpenAPI document</a>.</p>"
        f"{sections}<h2 id='types'>types</h2>{schemas}</body></html>"
    )


def _operation(method: str, path: str, operation: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{_text(one['name'])}</code></td><td>{_text(one['in'])}</td>"
        f"<td>{_type(one['schema'])}</td><td>{_text(one.get('description', ''))}</td></tr>"
        for one in operation["parameters"]
    )
    takes = operation.get("requestBody", {}).get("content", {})
    body = "".join(
        f"<p>Takes <code>{_text(kind)}</code> {_type(content.get('schema', {}))}</p>" for kind, content in takes.items()
    )
    gives = "".join(
        f"<p>Gives {code} {_type(content.get('schema', {}))}</p>"
        for code, response in operation["responses"].items()
        if code != "default"
        for content in (list(response.get("content", {}).values()) or [{}])
    )
    return (
        f"<details><summary><b>{method.upper()}</b>{_text(path)}<span>{_text(operation['summary'])}</span></summary>"
        f"<p>{_text(operation.get('description', ''))}</p>{f'<table>{rows}</table>' if rows else ''}{body}{gives}"
        f"<p>Permission: <code>{_text(operation['x-permission'])}</code></p></details>"
    )


def _schema(name: str, schema: dict[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{_text(field)}</code></td><td>{_type(kind)}</td>"
        f"<td>{_text(kind.get('description', ''))}</td></tr>"
        for field, kind in schema.get("properties", {}).items()
    )
    about = _text(schema.get("description", ""))
    return f"<details id='{_text(name)}'><summary>{_text(name)}</summary><p>{about}</p><table>{rows}</table></details>"


def _type(schema: dict[str, Any] | bool) -> str:
    if isinstance(schema, bool):
        # JSON Schema's word for what may be anything.
        return "any JSON"
    if "$ref" in schema:
        name = _text(schema["$ref"].rpartition("/")[2])
        return f"<a href='#{name}'>{name}</a>"
    if "anyOf" in schema:
        return " or ".join(_type(one) for one in schema["anyOf"])
    if "enum" in schema:
        return " | ".join(f"<code>{_text(str(one))}</code>" for one in schema["enum"])
    kind = schema.get("type", "any JSON" if schema else "")
    if "prefixItems" in schema:
        return f"[{', '.join(_type(one) for one in schema['prefixItems'])}]"
    if kind == "array" and "items" in schema:
        return f"list of {_type(schema['items'])}"
    return _text(str(kind))


def _text(value: str) -> str:
    return html.escape(value)

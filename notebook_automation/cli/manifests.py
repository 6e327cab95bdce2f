"""`manifest schema`: what a manifest may say, for editors."""

from __future__ import annotations

import json

import click

from notebook_automation.domain.manifest_schema import manifest_schema

from .options import json_option


@click.group(short_help="What a manifest may say.")
def manifest() -> None:
    """What a manifest (automation.yaml) may say. `apply` makes a project what one says."""


@manifest.command()
@json_option
def schema(as_json: bool) -> None:
    """Print the JSON Schema of manifests, for editors and checks: JSON in any case.

    Save it beside the manifest as automation.schema.json, and let the manifest begin with the line
    "# yaml-language-server: $schema=automation.schema.json": editors then complete and check it.
    """
    click.echo(json.dumps(manifest_schema(), indent=2))

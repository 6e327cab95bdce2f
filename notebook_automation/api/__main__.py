"""Prints the OpenAPI document (``python -m notebook_automation.api``): the front end's types are generated from it."""

from __future__ import annotations

import sys

import msgspec

from .openapi import document
from .routes import ROUTES
from .wire import encode

if __name__ == "__main__":
    sys.stdout.write(msgspec.json.format(encode(document(ROUTES)), indent=2).decode("utf-8") + "\n")

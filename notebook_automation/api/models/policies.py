"""Policies of projects, as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from .paging import Page
from .triggers import Policy, PolicyBody, Queue


class ProjectPolicy(Struct, kw_only=True):
    """A limit of a project: on the sessions of `call` (a file with its handlers, or one of them), or on all of them."""

    id: str
    name: str
    call: str | None
    policy: Policy
    queue: Queue


class ProjectPolicyPage(Page[ProjectPolicy]):
    """All policies of a project."""


class ProjectPolicyBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """How many sessions may run: a text such as `3 by region`, or a mapping; of `call`, or of the whole project."""

    policy: PolicyBody | Annotated[str, Meta(max_length=1000)]
    call: Annotated[str, Meta(max_length=4096)] | None = None

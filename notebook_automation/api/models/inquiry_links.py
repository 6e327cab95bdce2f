"""Signed links to inquiries, as the API shows them."""

from __future__ import annotations

from msgspec import Struct


class InquiryLink(Struct, kw_only=True):
    """A link by which `person` answers without signing in, once, until `expires_at`; its `url` is told only here."""

    url: str
    person: str
    stage: int
    expires_at: str

"""The prompt of an inquiry, as pages show it."""

from __future__ import annotations

from msgspec import Struct


class InquiryPrompt(Struct, kw_only=True):
    """A prompt as HTML that was made of its Markdown, and can do nothing."""

    html: str

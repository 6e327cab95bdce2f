"""How fresh a trigger is to be, as the API shows and takes it."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct


class Freshness(Struct, kw_only=True):
    """The trigger is stale where no session of it has completed `within` so many seconds.

    A session is late that runs `slower_than` times as long as the median of the last 20.
    """

    within: float | None
    slower_than: float | None


class FreshnessBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """How fresh it is to be: one of them, or both."""

    within: Annotated[float | str, Meta(description="Seconds, or a text such as `26h`.")] | None = None
    slower_than: Annotated[float | str, Meta(description="A number, or a text such as `3x`.")] | None = None

"""With what kernel and in which environment something runs, as people read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def environment_text(env: Mapping[str, Any] | None) -> str:
    """Return environment variables: `MODE=fast, KEY from STRIPE_KEY`; '' where there are none."""
    return ", ".join(
        f"{name}={value}" if isinstance(value, str) else f"{name} from {value['variable']}"
        for name, value in sorted((env or {}).items())
    )


def memory_text(size: int | None) -> str:
    """Return the memory that a run may use: `2 GiB`; '' where it has no limit."""
    if not size:
        return ""
    return f"{size / 2**30:.4g} GiB" if size >= 2**30 else f"{size / 2**20:.4g} MiB"

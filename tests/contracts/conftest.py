"""Suites that every implementation of a port must pass; each implementation has a module that runs one."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

pytest.register_assert_rewrite("launcher")

from launcher import Bench, MakePlace  # noqa: E402 - its asserts are rewritten now


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def bench(tmp_path_factory: pytest.TempPathFactory, make_place: MakePlace) -> AsyncIterator[Bench]:
    """The module's launcher at work."""
    bench = await Bench.start(tmp_path_factory.mktemp("launcher"), make_place)
    yield bench
    await bench.stop()

"""One server for all tests of the API: services and database are real, its engine does not run."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from serving import Server, serve


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    options = (
        "--NotebookAutomationApp.run_engine=False", "--NotebookAutomationApp.timezone=Asia/Tokyo",
        "--NotebookAutomationApp.link_rate=0", "--NotebookAutomationApp.link_source_rate=0",
    )  # fmt: skip
    with serve(tmp_path_factory.mktemp("server"), *options) as running:
        yield running

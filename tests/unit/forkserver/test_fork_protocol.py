"""What the client orders is what the server reads."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from notebook_automation.forkserver import SetupOrders
from notebook_automation.forkserver.server.protocol import ServerOptions

SETUP = SetupOrders(
    cells=[{"index": 1, "source": "x = 1", "may_fail": False}],
    notebook="/work/report.ipynb",
    cwd="/work",
    folders=["/work"],
    argv=["--HistoryManager.enabled=False"],
    outputs="/tmp/outputs.json",
    private_variables="MINE_",
    likely_next={"mine": ["mine.parts"]},
)


@pytest.mark.parametrize("setup", [None, SETUP])
def test_orders_arrive_as_they_were_given(setup):
    options = ServerOptions(entry="work:main", core=["work"], hint={"argv": []}, spares=2, setup=setup)
    assert ServerOptions.from_json(json.loads(json.dumps(asdict(options)))) == options

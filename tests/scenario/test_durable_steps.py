"""Steps of durable sessions: whatever is killed, what is recorded as done is not done again."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from notebook_automation.domain.access import Caller

if TYPE_CHECKING:
    from .conftest import Stand

pytestmark = pytest.mark.asyncio(loop_scope="module")
ANA = Caller(kind="user", login="ana")
STAND_SETTINGS = {"lease": 2.0, "max_sessions": 1}

SET_UP = """
import asyncio, os, pathlib, signal
import notebook_automation as na
place = pathlib.Path({place!r})
class Receipt:
    def __init__(self, number):
        self.number = number
def effect(what, result=None):
    with open(place / "effects", "a") as file:
        file.write(f"{{what}} {{na.idempotency_key()}}\\n")
    return result
def once(what):
    try:
        open(place / what, "x").close()
        return True
    except FileExistsError:
        return False
@na.step("pay")
def pay(order):
    return effect(f"pay-{{order}}", Receipt(order))
async def look(number):
    return effect(f"look-{{number}}", number)
"""
STEPS = """
orders = [pay(number) for number in (1, 2)]
large = na.step("large", lambda: effect("large", b"x" * 400_000))
found = await asyncio.gather(*(na.step("look", look, number) for number in range(3)))
def cut_off():
    effect("cut-off")
    if once("killed"):
        os.kill(os.getpid(), signal.SIGKILL)
na.step("cut-off", cut_off)
{then}
print([order.number for order in orders], isinstance(orders[0], Receipt), len(large), found)
"""


def effects(place: Path) -> dict[str, list[str]]:
    """Return what has happened, and the keys by which it did."""
    found: dict[str, list[str]] = {}
    for line in (place / "effects").read_text().splitlines():
        what, key = line.split(" ")
        found.setdefault(what, []).append(key)
    return found


async def test_what_is_recorded_is_not_done_again_after_the_kernel_and_the_runner_were_killed(
    stand: Stand, tmp_path: Path
) -> None:
    waits = "import time\nonce('waits')\nwhile not (place / 'go').exists(): time.sleep(0.02)"
    stand.notebook("steps.ipynb", SET_UP.format(place=str(tmp_path)), STEPS.format(then=waits))
    session_id = await stand.start("steps.ipynb", is_durable=True)

    from eventually import eventually

    await eventually((tmp_path / "waits").exists, "the second attempt waits behind its steps")
    os.kill(stand.runner_pid(session_id), signal.SIGKILL)
    (tmp_path / "go").touch()
    session = await stand.ended(session_id)
    assert (session.status, session.attempt) == ("completed", 3), await stand.log(session_id)
    happened = effects(tmp_path)
    assert {what: len(keys) for what, keys in happened.items()} == {
        "pay-1": 1, "pay-2": 1, "large": 1, "look-0": 1, "look-1": 1, "look-2": 1, "cut-off": 2,
    }  # fmt: skip
    assert len(set(happened["cut-off"])) == 1
    nb = await stand.executed(session_id, "steps.ipynb")
    assert nb.cells[1].outputs[-1].text == "[1, 2] True 400000 [0, 1, 2]\n"
    views = await stand.services.steps.of_session(ANA, session_id)
    assert [(view.step.name, view.step.nth, view.step.status, view.cell_number) for view in views] == [
        ("pay", 0, "done", 2), ("pay", 1, "done", 2), ("large", 0, "done", 2), ("look", 0, "done", 2),
        ("look", 1, "done", 2), ("look", 2, "done", 2), ("cut-off", 0, "done", 2),
    ]  # fmt: skip
    assert views[2].step.shown == "bytes, 400,009 bytes"
    assert views[-1].step.tries == 2


async def test_a_failed_session_that_is_resumed_does_again_only_what_had_failed(stand: Stand, tmp_path: Path) -> None:
    (tmp_path / "killed").touch()
    fails = "na.step('mail', lambda: effect('mail') or (1 / 0 if once('failed') else 'sent'))"
    stand.notebook("resumed.ipynb", SET_UP.format(place=str(tmp_path)), STEPS.format(then=fails))
    failed = await stand.run("resumed.ipynb", is_durable=True)
    assert failed.status == "failed", await stand.log(failed.id)
    [mail] = [one.step for one in await stand.services.steps.of_session(ANA, failed.id) if one.step.name == "mail"]
    assert (mail.status, mail.error) == ("failed", {"type": "ZeroDivisionError", "message": "division by zero"})
    assert failed.error is not None
    shown = re.sub("\x1b\\[[0-9;]*m", "", "\n".join(failed.error.traceback))
    assert "effect('mail')" in shown
    assert "notebook_automation" not in shown.replace("import notebook_automation", ""), "only the user's own frames"
    again = (await stand.services.forks.fork(ANA, failed.id)).session
    session = await stand.ended(again.id)
    assert session.status == "completed", await stand.log(again.id)
    happened = effects(tmp_path)
    assert {what for what, keys in happened.items() if len(keys) > 1} == {"mail"}
    assert len(set(happened["mail"])) == 1
    nb = await stand.executed(again.id, "resumed.ipynb")
    assert nb.cells[1].outputs[-1].text == "[1, 2] True 400000 [0, 1, 2]\n"

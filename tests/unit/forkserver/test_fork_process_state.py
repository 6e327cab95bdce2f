"""What a process finds out about itself."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="it is read from /proc")

CHILDREN = """
import subprocess, threading
from notebook_automation.forkserver.server.process_state import may_have_children
assert not may_have_children()
one = subprocess.Popen(["sleep", "60"])
assert may_have_children()
one.kill()
one.wait()
assert not may_have_children()
waiting, others = threading.Event(), []
def start():
    others.append(subprocess.Popen(["sleep", "60"]))
    waiting.wait()
thread = threading.Thread(target=start)
thread.start()
while not others:
    pass
assert may_have_children()
others[0].kill()
waiting.set()
thread.join()
assert may_have_children(), "not waited for yet"
others[0].wait()
assert not may_have_children()
"""


def test_children_of_every_thread_are_known_until_they_are_waited_for() -> None:
    done = subprocess.run([sys.executable, "-c", CHILDREN], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr

"""A process that saves its state by a child, and is killed meanwhile: ``killed_kernel.py FOLDER LIFELINE``."""

from __future__ import annotations

import os
import signal
import sys

from IPython.core.interactiveshell import InteractiveShell

from notebook_automation.checkpoints import session

GATE = """
import os, time
class Gate:
    def __reduce__(self):
        open('waits', 'w').close()
        while not os.path.exists('go'):
            time.sleep(0.01)
        return Gate, ()
x = [Gate()]
"""

shell = InteractiveShell.instance(colors="nocolor")
shell.history_manager.enabled = False
session.begin(sys.argv[1], os.getcwd(), sys.argv[2])
for number, source in enumerate((GATE, "y = x")):
    shell.run_cell(source).raise_error()
    session.save(number, source, [])
while not os.path.exists("waits"):
    pass
for saving in session._begun()._saving:
    # A child that is killed before it has left the group saves nothing, as if the kernel had died a moment sooner.
    while os.path.exists(sys.argv[2]) and os.getpgid(saving.child.pid) != saving.child.pid:
        pass
    print(saving.child.pid)
sys.stdout.flush()
os.killpg(0, signal.SIGKILL)

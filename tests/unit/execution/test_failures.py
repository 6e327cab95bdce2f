"""The errors that end a run early."""

from __future__ import annotations

import pickle

from notebook_automation.execution.failures import KernelDied


def test_the_error_of_a_dead_kernel_says_why_and_travels() -> None:
    assert str(KernelDied(-9, 2)) == (
        "Kernel died while running cell 3: its process was killed by SIGKILL (out of memory, or killed from outside)."
    )
    assert str(KernelDied(3)) == "Kernel died: its process exited with code 3."
    again = pickle.loads(pickle.dumps(KernelDied(-11, 0)))
    assert (again.exit_code, again.cell_index) == (-11, 0)

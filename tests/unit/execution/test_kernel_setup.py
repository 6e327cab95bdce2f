"""What an ipykernel that belongs to one run is sent first."""

from __future__ import annotations

from typing import Any

import nbformat

from notebook_automation.execution.kernel_setup import needs_lockstep, setup_request, understands


def test_the_set_up_leaves_no_name_and_is_for_ipykernel() -> None:
    code = setup_request(end_in_order=True, stay_stopped=True)["code"]
    names: dict[str, Any] = {"get_ipython": lambda: Shell}
    exec(compile(code, "set-up", "exec"), names)
    assert set(names) - {"__builtins__"} == {"get_ipython"}
    assert Shell.kernel.stop_on_error_timeout > 1e5
    assert understands({"implementation": "ipython"})
    assert not understands({"implementation": "xeus-python"})


class Shell:
    """As an ipykernel before version 7, which has no thread of its own for the shell channel."""

    class kernel:
        parent = None
        stop_on_error_timeout = 0.0


def test_widgets_need_the_client_between_cells() -> None:
    def of(source: str) -> nbformat.NotebookNode:
        return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source)])

    assert needs_lockstep(of("import ipywidgets as w"))
    assert not needs_lockstep(of("import pandas"))
    assert needs_lockstep(of("x = '\ud800'"))
    assert needs_lockstep(of("x = a" + ".b" * 30_000))
    assert not needs_lockstep(of("%matplotlib inline\n" + "x = 1\n" * 1000))

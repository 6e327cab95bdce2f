"""The same notebooks through papermill's own engine and through ours, for real: the results are the same."""

from __future__ import annotations

import contextlib
import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import papermill
import pytest
from jupyter_client.provisioning import KernelProvisionerFactory
from nbclient.exceptions import CellTimeoutError
from papermill.engines import papermill_engines
from papermill.exceptions import PapermillExecutionError

from notebook_automation.execution.papermill_engine import ENGINE_NAME, AutomationEngine

NOTEBOOKS = Path(__file__).parents[1] / "data" / "notebooks"
PAPERMILL = sorted(p.stem for p in (NOTEBOOKS / "papermill").glob("*.ipynb"))
LEFT_OUT = {
    "notimplemented_translator",  # asks for a kernel that is not here
    "keyboard_interrupt",  # sleeps a minute for someone to interrupt it
}

WIDGETS = [
    "import ipywidgets as w\nfrom IPython.display import display, clear_output",
    "out = w.Output()\nslider = w.IntSlider(value=3, max=9)\ndisplay(slider, out)",
    "with out:\n    print('caught')",
    "slider.value = 7\nprint([o['text'] for o in out.outputs])",
]
DISPLAYS = [
    "from IPython.display import display, clear_output, HTML, Markdown, update_display\n"
    "handle = display(HTML('<b>first</b>'), display_id=True)\nhandle.display(HTML('<b>again</b>'))",
    "handle.update(HTML('<b>second</b>'))\nprint('updated')",
    "import sys\nprint('out'); print('err', file=sys.stderr); print('out again')",
    "for i in range(3):\n    clear_output(wait=True)\n    print('step', i)",
    "print('gone')\nclear_output()\ndisplay(Markdown('# kept'), display_id='x')",
    "clear_output(wait=True)\nupdate_display(Markdown('# changed'), display_id='x')",
    "display({'application/json': {'a': [1, float('nan')]}, 'text/plain': 'j'}, raw=True)",
    "'\\ud800 lone'.encode('utf-8', 'replace').decode()\nNone",
    "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.show()",
    "{'é': '\\u2028 line\\r\\n'}",
]
ERRORS = [
    "print('before')",
    ("1 / 0", ["raises-exception"]),
    "try:\n    input('?')\nexcept Exception as e:\n    print(type(e).__name__)",
    ("raise ValueError('skipped')", ["skip-execution"]),
    "# papermill_description=last\nprint('reached')",
]
FAILS = ["x = 1", "print('seen')\nraise KeyError('missing')", "open('must_not_exist', 'w')", "2"]
SYNTAX = ["def f(:\n  pass", "1"]
OWN: dict[str, list[Any]] = {
    "widgets": WIDGETS,
    "displays": DISPLAYS,
    "allowed_errors": ERRORS,
    "fails": FAILS,
    "syntax": SYNTAX,
    "empty": [],
}


@pytest.fixture(scope="module", autouse=True)
def _registered() -> Iterator[None]:
    """Our engine is known, and both engines' kernels are forked: how a kernel starts is not compared here."""
    papermill_engines.register(ENGINE_NAME, AutomationEngine)
    factory = KernelProvisionerFactory.instance()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(factory, "default_provisioner_name", "notebook-automation")
        yield


def own_notebook(cells: list[Any]) -> nbformat.NotebookNode:
    nb = nbformat.v4.new_notebook()
    nb.metadata.kernelspec = {"name": "python3", "language": "python", "display_name": "Python 3"}
    nb.cells.append(nbformat.v4.new_markdown_cell("# A heading"))
    for number, cell in enumerate(cells):
        source, tags = cell if isinstance(cell, tuple) else (cell, [])
        nb.cells.append(nbformat.v4.new_code_cell(source, id=f"c{number}", metadata={"tags": tags}))
    return nb


def execute(source: Path, engine: str | None, folder: Path, **kw: Any) -> tuple[Any, Exception | None]:
    output = folder / f"{engine or 'own'}.ipynb"
    error: Exception | None = None
    run = papermill.execute_notebook if engine else execute_by_papermill_alone
    try:
        run(source, output, engine_name=engine, progress_bar=False, cwd=str(folder), **kw)
    except (PapermillExecutionError, ValueError) as raised:
        error = raised
    nb = nbformat.read(output, as_version=4) if output.exists() else None
    return nb, error


def execute_by_papermill_alone(source: Path, output: Path, **kw: Any) -> None:
    """Run a notebook by papermill's own engine, again where that one waits for ever.

    Its client loses a reply now and then when a widget is sent something in the same moment: it sends by a second
    handle of the ZeroMQ socket on which the reply is awaited.
    """
    for _ in range(3):
        with contextlib.suppress(CellTimeoutError):
            papermill.execute_notebook(source, output, execution_timeout=50, **kw)
            return
    pytest.fail("papermill's own engine does not end")


def comparable(nb: Any) -> Any:
    """Without times, random ids and what depends on the process."""
    if nb is None:
        return None
    nb = copy.deepcopy(nb)
    nb.metadata.papermill.pop("output_path")
    _forget_times(nb.metadata.papermill)
    for cell in nb.cells:
        cell.pop("id", None)
        _forget_times(cell.metadata.get("papermill", {}))
        if "execution" in cell.metadata:
            cell.metadata["execution"] = sorted(cell.metadata["execution"])
        if cell.cell_type == "code":
            cell.outputs = _joined(cell.outputs)
    for states in nb.metadata.get("widgets", {}).values():
        states["state"] = sorted(_without_ids(json.dumps(s, sort_keys=True)) for s in states["state"].values())
    text = _without_ids(json.dumps(nb, indent=1, sort_keys=True))
    text = re.sub(r"ipykernel_\d+/\d+", "ipykernel", text)
    return re.sub(r"0x[0-9a-f]{6,}", "0x", text)


def _without_ids(text: str) -> str:
    return re.sub(r"[0-9a-f]{32}", "model", text)


def _forget_times(metadata: dict[str, Any]) -> None:
    for key in ("start_time", "end_time", "duration"):
        if metadata.get(key) is not None:
            metadata[key] = "some"


def _joined(outputs: list[Any]) -> list[Any]:
    """Chunks of a stream that follow each other are one output; how a kernel cuts them is a matter of time."""
    joined: list[Any] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def assert_same(source: Path, folder: Path, **kw: Any) -> None:
    theirs, their_error = execute(source, None, folder, **kw)
    ours, our_error = execute(source, ENGINE_NAME, folder, **kw)
    assert comparable(ours) == comparable(theirs)
    assert type(our_error) is type(their_error)
    if isinstance(their_error, PapermillExecutionError):
        assert isinstance(our_error, PapermillExecutionError)
        for name in ("cell_index", "exec_count", "source", "ename", "evalue"):
            assert getattr(our_error, name) == getattr(their_error, name)
    assert not list(folder.glob(".*")), "no journal or temporary file is left"


@pytest.mark.parametrize("name", [n for n in PAPERMILL if n not in LEFT_OUT])
def test_papermills_own_notebooks(name: str, tmp_path: Path) -> None:
    assert_same(NOTEBOOKS / "papermill" / f"{name}.ipynb", tmp_path)


@pytest.mark.parametrize("name", OWN)
def test_notebooks_of_each_kind(name: str, tmp_path: Path) -> None:
    source = tmp_path / "in.ipynb"
    nbformat.write(own_notebook(OWN[name]), source)
    assert_same(source, tmp_path)
    assert not (tmp_path / "must_not_exist").exists()


def test_parameters_report_mode_and_unsaved_cells(tmp_path: Path) -> None:
    assert_same(
        NOTEBOOKS / "a.ipynb",
        tmp_path,
        parameters={"x": 5, "name": 'it\'s "quoted"'},
        report_mode=True,
        request_save_on_cell_execute=False,
    )


def test_streams_go_to_the_given_files(tmp_path: Path) -> None:
    source = tmp_path / "in.ipynb"
    nbformat.write(own_notebook([DISPLAYS[2]]), source)
    written = {}
    for engine in (None, ENGINE_NAME):
        with open(tmp_path / "o", "w+") as stdout, open(tmp_path / "e", "w+") as stderr:
            execute(source, engine, tmp_path, stdout_file=stdout, stderr_file=stderr)
            written[engine] = [f.seek(0) or f.read() for f in (stdout, stderr)]
    assert written[ENGINE_NAME] == written[None] == ["out\nout again\n", "err\n"]

"""The same notebooks run in a forked and in a plain kernel give the same outputs.

Each notebook is a list of cells; whatever is installed is used. Only what differs between two plain runs as well
(process ids, times, random identifiers) is left out, by the cells themselves or by `_same`.
"""

# ruff: noqa: E501

from __future__ import annotations

import asyncio
import importlib.util
import re
import sys

import nbformat
import pytest
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import KernelProvisionerFactory
from nbclient import NotebookClient
from traitlets.config import Config

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux only")

PRELOAD = [
    "pandas",
    "numpy",
    "matplotlib.pyplot",
    "plotly.express",
    "sklearn.linear_model",
    "pyarrow",
    "ipywidgets",
    "tqdm",
]
NOTEBOOKS = {
    "plain python": [
        "import os, sys, time\nprint('out'); print('err', file=sys.stderr); 1 + 1",
        "print(sys.argv[0].rpartition('/')[2], len(sys.argv), sys.path[0] == os.getcwd(), '' in sys.path)",
        "print(__name__, type(get_ipython()).__name__, get_ipython().history_manager.hist_file)",
        "print({k: os.environ.get(k) for k in ('TERM', 'PAGER', 'MPLBACKEND', 'CLICOLOR', 'JPY_SESSION_NAME')})",
        "import threading, signal, resource, gc, atexit\n"
        "print(sorted(t.name for t in threading.enumerate() if 'Thread-' not in t.name), gc.isenabled())",
        "print({s.name: str(signal.getsignal(s)).split(' at ')[0] for s in signal.valid_signals() if hasattr(s, 'name')})",
        "print([resource.getrlimit(getattr(resource, n)) for n in sorted(dir(resource)) if n.startswith('RLIMIT_')])",
        "print(oct(os.umask(0o22)), os.getpgid(0) == os.getpid() == os.getsid(0))",
        "!echo from the shell; echo $TERM",
        "%timeit -n1 -r1 -q 1\n_2, In[1][:6], Out[1]",
        "%%writefile written.py\nanswer = 42",
        "import written; written.answer",
        "from IPython.display import display, HTML, clear_output, Markdown\nh = display(1, display_id='x'); h.update(2)",
        "for i in range(3):\n    clear_output(wait=True); print(i)",
        "%%capture got\nprint('kept')",
        "got.stdout",
        "%run -i written.py\nanswer",
        "def f(): return 1 / 0\ntry: f()\nexcept ZeroDivisionError as e: import traceback; traceback.print_exc()",
        "input",
        "class A:\n    def __repr__(self): return 'an A'\n[A(), {1: A()}]",
        "os.write(1, b'straight to the descriptor\\n'); time.sleep(0.3)",
        "import logging; logging.warning('careful'); logging.getLogger('x').error('wrong')",
        "import warnings; warnings.warn('old'); breakpoint",
        "await __import__('asyncio').sleep(0, 'awaited')",
        "%who_ls",
    ],
    "an error": ["x = {'a': [1]}", "x['b']"],
    "a syntax error": ["1 +"],
    "a raised exit": ["import sys", "sys.exit(3)", "'goes on'"],
    "threads and processes": [
        "import threading\nt = threading.Thread(target=lambda: print('in a thread')); t.start(); t.join()",
        "from concurrent.futures import ThreadPoolExecutor, ProcessPoolExecutor\n"
        "with ThreadPoolExecutor(4) as pool: print(list(pool.map(str, range(5))))",
        "import multiprocessing as mp\nprint(mp.current_process().name, mp.parent_process(), mp.get_start_method())",
        "with mp.get_context('fork').Pool(2) as pool: print(pool.map(abs, [-1, -2, -3]))",
        "with mp.get_context('spawn').Pool(1) as pool: print(pool.map(abs, [-4]))",
        "q = mp.Queue(); p = mp.Process(target=q.put, args=(5,)); p.start(); print(q.get(timeout=10)); p.join(); p.exitcode",
        "import subprocess; subprocess.run(['sh', '-c', 'echo $0; exit 3'], capture_output=True)",
        "import os\nr, w = os.pipe()\nif os.fork() == 0: os.write(w, b'child'); os._exit(0)\nos.wait()[1], os.read(r, 9)",
        "import signal; signal.signal(signal.SIGALRM, lambda *a: print('alarm')); signal.setitimer(signal.ITIMER_REAL, .05)\n"
        "import time; time.sleep(.2)",
    ],
    "asyncio": [
        "import asyncio\nasync def work(n):\n    await asyncio.sleep(0.01 * n); return n\nawait asyncio.gather(*map(work, range(5)))",
        "loop = asyncio.get_running_loop(); type(loop).__name__, loop.is_running()",
        "async for _ in (lambda: (yield_ for yield_ in ()))(): pass",
        "p = await asyncio.create_subprocess_exec('echo', 'sub', stdout=-1); await p.communicate()",
        "await asyncio.to_thread(lambda: __import__('threading').current_thread() is __import__('threading').main_thread())",
    ],
    "numpy pandas": [
        "import numpy as np, pandas as pd\ndf = pd.DataFrame({'a': np.arange(4), 'b': list('wxyz')}); df",
        "df.groupby('b').sum(); print(df.describe()); np.random.default_rng(1).normal(size=3)",
        "np.random.seed(5); np.random.rand(2), (np.ones((300, 300)) @ np.ones((300, 300))).sum()",
        "df.style",
        "pd.options.display.max_rows, np.show_config is not None",
    ],
    "matplotlib": [
        "import matplotlib.pyplot as plt\nfig, ax = plt.subplots(); ax.plot([1, 2, 3]); plt.show()",
        "plt.plot([3, 1, 2])",
        "import matplotlib; print(matplotlib.get_backend(), matplotlib.is_interactive()); plt.get_fignums()",
        "%matplotlib inline\n%config InlineBackend.figure_formats = ['svg']\nplt.bar([1], [2]);",
        "fig",
    ],
    "ipywidgets tqdm": [
        "import ipywidgets as w\ns = w.IntSlider(3); s",
        "s.value = 5\nout = w.Output()\nwith out: print('into the widget')\nout",
        "from tqdm.auto import tqdm\nfor _ in tqdm(range(3), bar_format='{n_fmt}/{total_fmt}'): pass",
        "w.interactive(lambda x: print(x * 2), x=(0, 4))",
    ],
    "plotly sklearn pyarrow": [
        "import plotly.express as px\nimport plotly.io as pio\npio.renderers.default",
        "px.bar(x=['a', 'b'], y=[1, 3]).to_dict()['data'][0]['type']",
        "px.line(x=[1, 2], y=[1, 3])",
        "import pyarrow as pa, pyarrow.compute as pc\npc.sum(pa.array(range(100000)).cast('int64')), pa.table({'a': [1]})",
        "from sklearn.linear_model import LinearRegression\nfrom sklearn.ensemble import RandomForestClassifier\n"
        "LinearRegression().fit([[0], [1], [2]], [1, 3, 5]).predict([[3]]).round(6)",
        "RandomForestClassifier(20, n_jobs=2, random_state=0).fit([[0], [1]] * 50, [0, 1] * 50).score([[0], [1]], [0, 1])",
    ],
}
NEEDS = {
    "numpy pandas": ("numpy", "pandas", "jinja2"),
    "matplotlib": ("matplotlib",),
    "ipywidgets tqdm": ("ipywidgets", "tqdm"),
    "plotly sklearn pyarrow": ("plotly", "sklearn", "pyarrow"),
}


@pytest.fixture(autouse=True)
def provisioners(monkeypatch):
    """Our provisioner by its name, whether or not this project is installed as a package."""
    from importlib.metadata import EntryPoint

    factory = KernelProvisionerFactory.instance()
    target = "notebook_automation.forkserver:ForkServerProvisioner"
    ours = EntryPoint("notebook-automation", target, factory.GROUP_NAME)
    monkeypatch.setitem(factory.provisioners, "notebook-automation", ours)
    return factory


async def _run(cells, provisioner, factory, folder, spares=1):
    factory.default_provisioner_name = provisioner
    try:
        nb = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c, id=f"c{i}") for i, c in enumerate(cells)])
        config = Config({"ForkServerProvisioner": {"preload": PRELOAD, "wait_ready": True, "spares": spares}})
        manager = AsyncKernelManager(config=config)
        client = NotebookClient(nb, km=manager, allow_errors=True, timeout=60)
        await client.async_execute(cwd=str(folder))
        if provisioner == "notebook-automation":
            assert manager.provisioner.reasons == []
            assert manager.provisioner.how == "forked"
        return nb
    finally:
        factory.default_provisioner_name = "local-provisioner"


def _same(nb):
    """Outputs without what differs from one plain run to the next."""
    cells = []
    for cell in nb.cells:
        cell.outputs = _streams_joined(cell.outputs)
        text = nbformat.writes(nbformat.v4.new_notebook(cells=[cell]))
        text = re.sub(
            r"0x[0-9a-f]{6,}|[0-9a-f]{32}|\bp[0-9a-f]{10}\b|\bm[0-9a-f]{10}\b|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
            "ID",
            text,
        )
        text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)?", "TIME", text)
        text = re.sub(r"ipykernel_\d+/\d+", "ipykernel_PID", text)
        text = re.sub(r"_[0-9a-f]{5}(?=[_ \\{])", "_STYLE", text)
        cells.append(text.splitlines())
    return cells


def _streams_joined(outputs):
    """How a stream is cut into messages, and how two streams interleave, is a matter of time in every kernel."""
    texts = {}
    for output in outputs:
        if output.output_type == "stream":
            texts[output.name] = texts.get(output.name, "") + output.text
    streams = [nbformat.v4.new_output("stream", name=name, text=texts[name]) for name in sorted(texts)]
    return streams + [output for output in outputs if output.output_type != "stream"]


@pytest.mark.parametrize("name", NOTEBOOKS)
async def test_outputs_are_the_same(name, provisioners, tmp_path):
    missing = [m for m in NEEDS.get(name, ()) if importlib.util.find_spec(m) is None]
    if missing:
        pytest.skip(f"not installed: {', '.join(missing)}")
    results = []
    for provisioner in ("local-provisioner", "notebook-automation"):
        folder = tmp_path / provisioner
        folder.mkdir()
        results.append(_same(await _run(NOTEBOOKS[name], provisioner, provisioners, folder)))
    plain, forked = results
    for number, (one, other) in enumerate(zip(plain, forked, strict=True)):
        assert other == one, f"cell {number}: {NOTEBOOKS[name][number]}"


async def test_child_forked_without_a_spare_is_the_same_as_well(provisioners, tmp_path):
    cells = NOTEBOOKS["plain python"]
    runs = [("local-provisioner", 0), ("notebook-automation", 0)]
    results = []
    for provisioner, spares in runs:
        (folder := tmp_path / provisioner).mkdir()
        results.append(_same(await _run(cells, provisioner, provisioners, folder, spares)))
    plain, forked = results
    assert forked == plain


async def test_many_at_once(provisioners, tmp_path):
    cells = ["import os, time; os.getcwd()", "time.sleep(0.05); 6 * 7"]
    ran = await asyncio.gather(*(_run(cells, "notebook-automation", provisioners, tmp_path) for _ in range(6)))
    assert {nb.cells[1].outputs[0]["data"]["text/plain"] for nb in ran} == {"42"}

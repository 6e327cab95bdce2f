"""A project's secret is there for its sessions, and in nothing that they show."""

from __future__ import annotations

import base64
import contextlib
import html
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from notebook_automation.domain.access import Caller
from notebook_automation.domain.masking import MASK

if TYPE_CHECKING:
    from .conftest import Stand

pytestmark = pytest.mark.asyncio(loop_scope="module")
ANA = Caller(kind="user", login="ana")
CANARY = "s3cr3t-cänary/<2>&x"
SHOWS = """
import base64, sys, time
from urllib.parse import quote
from IPython.display import HTML, JSON, display
import notebook_automation as na
secret = na.var("TOKEN")
assert len(secret) == 19
print("raw", secret)
for piece in (secret[:5], secret[5:11], secret[11:]):
    print(piece, end="", flush=True); time.sleep(0.2)
print("\\nbase64", base64.b64encode(b"xy" + secret.encode() + b"z").decode())
print("hex", secret.encode().hex(), "url", quote(secret, safe=""))
print("to stderr", secret, file=sys.stderr)
import html, os, pandas
print("html", html.escape(secret), pandas.DataFrame({"token": [secret]}).to_html())
print("own token", os.environ["NOTEBOOK_AUTOMATION_TOKEN"])
display(HTML(f"<b>{secret}</b>"), JSON({"token": [secret]}))
print("s3cr", end="", flush=True)
"""
FAILS = "raise RuntimeError(f'the service refused {secret}')"
FORMS = (
    CANARY.encode(),
    base64.b64encode(b"xy" + CANARY.encode() + b"z")[4:-4],
    CANARY.encode().hex().encode(),
    quote(CANARY, safe="").encode(),
    html.escape(CANARY).encode(),
    CANARY.encode("ascii", "backslashreplace").replace(b"\\xe4", b"\\u00e4"),
)


async def test_a_secret_is_in_nothing_that_a_session_shows(stand: Stand) -> None:
    await stand.services.projects.set_variable(ANA, stand.project, "TOKEN", CANARY, secret=True)
    stand.notebook("shows.ipynb", SHOWS, FAILS)
    session = await stand.run("shows.ipynb", report="html")
    assert session.status == "failed"
    assert session.reason == f"RuntimeError: the service refused {MASK}"
    nb = await stand.executed(session.id, "shows.ipynb")
    shown = next(cell for cell in nb.cells if cell.cell_type == "code").outputs
    printed = "".join(output.text for output in shown if output.get("name") == "stdout")
    assert printed.splitlines()[:2] == [f"raw {MASK}", MASK]
    assert printed.endswith("\ns3cr"), "what only begins like it is shown"
    assert [output.data for output in shown if output.output_type == "display_data"][1]["application/json"] == {
        "token": [MASK]
    }
    lines = await stand.log(session.id)
    assert ("print", f"raw {MASK}") in lines
    assert ("print", f"own token {MASK}") in lines
    # Its own folder, which holds what it was given, goes when it has ended.
    await stand.cleared(session.id)
    for path, content in _files_below(stand.data):
        assert not [form for form in FORMS if form in content], f"it is in {path.relative_to(stand.data)}"


def _files_below(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Give every file with its content; one that goes meanwhile, as files of ready processes do, is none."""
    for at, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                path = Path(at, name)
                if path.is_file():
                    yield path, path.read_bytes()


async def test_what_a_function_returns_hides_it_too(stand: Stand) -> None:
    await stand.services.projects.set_variable(ANA, stand.project, "TOKEN", CANARY, secret=True)
    (stand.project_folder / "tell.py").write_text(
        "import notebook_automation as na\ndef tell(event):\n    return {'token': [na.var('TOKEN')]}\n"
    )
    session = await stand.run("tell.py:tell")
    assert session.result == {"token": [MASK]}

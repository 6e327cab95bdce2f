"""How an attempt ends that did not complete."""

from __future__ import annotations

from pathlib import Path

from notebook_automation.domain.masking import MASK, Masker
from notebook_automation.domain.sessions import CellError
from notebook_automation.execution.kernel_record import STDERR
from notebook_automation.runner.endings import sentence_of

SECRET = "s3cr3t-canary"


def test_secrets_are_hidden_before_a_long_reason_is_cut(tmp_path: Path) -> None:
    """Cut first, the half of one that is left would not be found."""
    for before in range(1980, 2000):
        error = CellError(ename="E", evalue="x" * (before - 3) + SECRET)
        shown = sentence_of(error, tmp_path, Masker([SECRET]))
        assert "s3cr" not in shown
        assert len(shown) <= 2000
    assert MASK in sentence_of(CellError(ename="E", evalue=SECRET), tmp_path, Masker([SECRET]))


def test_what_a_kernel_s_process_wrote_itself_is_hidden_too(tmp_path: Path) -> None:
    (tmp_path / STDERR).write_text(f"Fatal: {SECRET}")
    shown = sentence_of(CellError(ename="KernelDied", evalue="It died."), tmp_path, Masker([SECRET]))
    assert shown == f"It died. Fatal: {MASK}"

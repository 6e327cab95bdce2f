"""A secret that is printed in pieces is hidden, and nothing else is kept back for good."""

from __future__ import annotations

from typing import Any

from notebook_automation.domain.masking import MASK, Masker
from notebook_automation.execution.masking import MaskedMessages


def message(kind: str, **content: Any) -> dict[str, Any]:
    return {"msg_type": kind, "parent_header": {"msg_id": "cell"}, "content": content}


def test_pieces_of_a_secret_wait_for_the_rest() -> None:
    shown: list[tuple[str, Any]] = []
    masked = MaskedMessages(
        Masker(["s3cr3t-value"]), lambda line, one: shown.append((one["msg_type"], one["content"].get("text")))
    )
    for text in ("a s3c", "r3t-", "value b", " s3cr"):
        masked("iopub", message("stream", name="stdout", text=text))
    masked("iopub", message("status", execution_state="idle"))
    assert "".join(text for kind, text in shown if kind == "stream") == f"a {MASK} b s3cr"
    assert not [text for kind, text in shown[:-2] if kind == "stream" and "s3c" in text]
    assert shown[-1][0] == "status"


def test_other_messages_are_hidden_at_any_depth() -> None:
    shown: list[Any] = []
    masked = MaskedMessages(Masker(["s3cr3t-value"]), lambda line, one: shown.append(one["content"]))
    masked("iopub", message("display_data", data={"application/json": {"s3cr3t-value": ["s3cr3t-value"]}}))
    assert shown == [{"data": {"application/json": {MASK: [MASK]}}}]

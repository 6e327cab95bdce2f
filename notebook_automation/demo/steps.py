"""What a story of the demonstration is told with: a step that was done, what it expects, how a session ended."""

from __future__ import annotations

from typing import Any

from notebook_automation.demo.jupyterlab import DemoFailed, DemoLab


def step(what: str, detail: str) -> None:
    """Print one thing that was done."""
    print(f"  ✓ {what}: {detail}", flush=True)


def expect(holds: bool, otherwise: str) -> None:
    """Raise DemoFailed with the sentence ``otherwise`` unless something holds."""
    if not holds:
        raise DemoFailed(otherwise)


def ended_as(lab: DemoLab, session_id: str, status: str, made: set[str]) -> Any:
    """Return a session once it has ended. Raises DemoFailed unless it has so, with the artifacts ``made``."""
    session = lab.ended_session(session_id)
    why = session["error"] or session["reason"]
    expect(session["status"] == status, f"{session['call']} ended as {session['status']}, not {status}: {why}")
    names = {artifact["name"] for artifact in lab.client.get("artifacts", session=session_id)["items"]}
    expect(made <= names, f"{session['call']} made {sorted(names)}, without {sorted(made - names)}")
    return session

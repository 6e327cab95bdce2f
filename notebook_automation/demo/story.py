"""The story of the demonstration: every example registered and fired once, each result looked at."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from notebook_automation.demo.jupyterlab import TIMEOUT_SECONDS, DemoFailed, DemoLab
from notebook_automation.demo.steps import ended_as, expect, step


def play_story(lab: DemoLab) -> None:
    """Do what the examples are there for, and print each step. Raises DemoFailed at the first that does not happen."""
    step("JupyterLab is ready", lab.url)
    lab.open_notebook("webhook_triage/triage.ipynb")
    lab.open_notebook("sales_report/report.ipynb")
    step("Ran two notebooks; their %trigger cells registered", ", ".join(_refs(lab)))
    lab.command("apply", "data_quality/automation.yaml", "--folder", "data_quality", "--yes")
    step("Applied data_quality/automation.yaml; now there are", ", ".join(_refs(lab)))

    samples = lab.root / "webhook_triage" / "samples"
    triggers = {trigger["ref"]: trigger for trigger in lab.client.get("triggers", limit=200)["items"]}
    status, answer = post(triggers["webhook_triage/tickets"]["url"], samples / "ticket.json")
    expect(status == 200 and answer["urgency"] == "high", f"the ticket was answered {status}: {answer}")
    step("Posted a ticket to its webhook; the cell answered", json.dumps(answer))
    pulls = triggers["webhook_triage/pull_requests"]["url"]
    status, receipt = post(pulls, samples / "pull_request_opened.json")
    expect(status == 202 and len(receipt["session_ids"]) == 1, f"the pull request was answered {status}: {receipt}")
    status, draft = post(pulls, samples / "pull_request_draft.json")
    expect(status == 202 and not draft["session_ids"], f"the draft was let through: {draft}")
    step("Posted two pull requests; the filter stopped the draft", draft["event_id"])

    report = _fire(lab, "sales_report/weekday_report")
    check = _fire(lab, "data_quality/hourly")
    ended_as(lab, receipt["session_ids"][0], "completed", {"review.json"})
    step("The pull request was looked at", receipt["session_ids"][0])
    ended_as(lab, report, "completed", {"report.ipynb", "report.html", "trend.png", "products.csv"})
    step("The sales report ran: notebook, HTML, plot and table", report)
    failed = ended_as(lab, check, "failed", {"check.ipynb", "bad_rows.csv"})
    expect(failed["error"]["ename"] == "AssertionError", f"the check failed otherwise: {failed['error']}")
    step("The data-quality check failed, as it should", str(failed["error"]["evalue"]).splitlines()[0])


def post(url: str, file: Path) -> tuple[int, Any]:
    """Post a JSON file as anybody on the network would; return status and answer."""
    request = urllib.request.Request(url, file.read_bytes(), {"Content-Type": "application/json"}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            return int(answer.status), json.load(answer)
    except urllib.error.HTTPError as error:
        raise DemoFailed(f"{url} answered {error.code}: {error.read().decode(errors='replace')}") from None


def _refs(lab: DemoLab) -> list[str]:
    return sorted(trigger["ref"] for trigger in lab.client.get("triggers", limit=200)["items"])


def _fire(lab: DemoLab, ref: str) -> str:
    receipt = lab.client.post(f"triggers/{ref}/fire", {})
    expect(len(receipt["session_ids"]) == 1, f"{ref} started nothing: {receipt}")
    return str(receipt["session_ids"][0])

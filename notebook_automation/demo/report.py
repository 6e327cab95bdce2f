"""The part of the demonstration in which a report arrives: as an e-mail, with what has changed since the last one."""

from __future__ import annotations

import importlib.util
from functools import partial

from notebook_automation.demo.jupyterlab import DemoLab
from notebook_automation.demo.mail_box import MailBox, read_mail
from notebook_automation.demo.steps import ended_as, expect, step

_TRIGGER = "sales_report/nightly_report"


def play_report(lab: DemoLab, mails: MailBox) -> None:
    """Let the nightly report run for two days, and look at the mail that the second one makes. Raises DemoFailed."""
    lab.open_notebook("sales_report/nightly.ipynb")
    kinds = {"html", "pdf"} if importlib.util.find_spec("typst") is not None else {"html"}
    for day in ("2026-09-29", "2026-09-30"):
        more = len(mails.files()) + 1
        receipt = lab.client.post(f"triggers/{_TRIGGER}/fire", {"parameters": {"day": day}})
        made = {"kpi.json", "nightly.ipynb", *(f"nightly.{kind}" for kind in kinds)}
        ended_as(lab, receipt["session_ids"][0], "completed", made)
        lab.until(partial(mails.holds, more), f"The report of {day} did not arrive")
    newest = mails.files()[-1]
    mail = read_mail(newest)
    attached = {str(part.get_filename()) for part in mail.iter_attachments()}
    expect(attached == {f"nightly.{kind}" for kind in kinds}, f"the mail carries {sorted(attached)}")
    body = mail.get_body(("plain",))
    text = "" if body is None else str(body.get_content())
    expect("30 September 2026" in text and "What changed since the last run" in text, f"the mail says: {text}")
    step("The nightly report ran twice, and arrived; open the mail", str(newest))

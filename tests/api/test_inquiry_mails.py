"""From the question to the answer by e-mail: real servers for HTTP and SMTP, and a person with nothing but a link."""

from __future__ import annotations

import re
from pathlib import Path

import httpx
from asking import asking, form_code
from eventually import wait_until
from mail_server import mail_server
from serving import serve


def test_whoever_is_asked_answers_from_their_mailbox(tmp_path: Path) -> None:
    people = {"ana": {"email": "ana@example.org"}, "bea": {"email": "bea@example.org"}}
    with mail_server() as mails:
        options = (
            f"--NotebookAutomationApp.smtp_url={mails.url}", "--NotebookAutomationApp.mail_from=na@example.org",
            f"--NotebookAutomationApp.people={people}", "--NotebookAutomationApp.max_sessions=0",
        )  # fmt: skip
        with serve(tmp_path, *options, base_url="/user/ana/") as server, asking(server) as desk:
            inquiry = desk.ask("Release **1.2**?", assigned_to=["ana"], timeout=3600, remind=[0.1])
            # The first mail, and the reminder a moment later.
            wait_until(lambda: desk.log(inquiry).count("notified") == 2)
            assert mails.recipients == ["ana@example.org"] * 2
            subjects = sorted(str(mail["Subject"]) for mail in mails.got)
            assert subjects[0].startswith("Please answer: Release")
            assert subjects[1].startswith("Reminder, please answer: Release")
            urls = [url for text in mails.texts() for url in re.findall(r"^http\S+$", text, re.MULTILINE)]
            assert len(set(urls)) == 2
            assert urls[0].startswith(f"{server.url}notebook-automation/inquiries/answer/")
            with httpx.Client(trust_env=False, timeout=30) as ana:
                code = form_code(ana.get(urls[0]).text)
                done = ana.post(urls[0], data={"form": code, "decision": "approve"}, follow_redirects=True)
                assert "You have <strong>approved</strong>" in done.text
                # The other link has ended with it.
                assert ana.get(urls[1]).status_code == 404
            found = desk.look(inquiry)
            assert (found["status"], found["channel"], found["responded_by"]) == ("responded", "link", "ana")
            log = desk.log(inquiry)
            assert (log.count("link_made"), log.count("notified"), log.count("link_used")) == (2, 2, 1)
            tokens = [url.rpartition("/")[2] for url in urls]
            assert not any(token in str(server.api.get(f"inquiries/{inquiry['id']}/log").json()) for token in tokens)

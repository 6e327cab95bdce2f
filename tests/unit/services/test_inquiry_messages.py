"""What was stored by somebody else cannot act in an e-mail."""

from __future__ import annotations

from email import message_from_bytes, policy

from xss import PAYLOADS, active

from notebook_automation.domain.inquiries import Inquiry, Shown, Stage
from notebook_automation.services.inquiry_messages import Notice, message_of

MAIL_TAGS = {
    "a", "b", "blockquote", "body", "br", "code", "del", "div", "em", "h1", "h2", "h3", "h4", "h5", "h6", "head", "hr",
    "html", "li", "meta", "ol", "p", "pre", "s", "span", "strong", "table", "tbody", "td", "th", "thead", "title", "tr",
    "ul",
}  # fmt: skip
OWN_STYLES = ["<a style>", "<blockquote style>", "<body style>", "<p style>"]


def test_no_payload_in_prompt_names_or_comment_can_act_where_it_is_read() -> None:
    everything = "\n\n".join(PAYLOADS)
    for payload in PAYLOADS:
        inquiry = Inquiry(
            id="inq_1", session_id="ses_1", session_ref="ses_1", project_id="prj_1", project=payload, notebook=payload,
            cell_index=0, prompt=everything, title=payload, stages=(Stage(),), created_at=1.0, requester=payload,
            shown=(Shown(name=payload, kind="text", media_type="text/plain", digest="0" * 64, size=1),),
        )  # fmt: skip
        notice = Notice(
            inquiry=inquiry, why="question", login=payload, name=payload, address="bea@example.org",
            url="https://na.example.org/x", until=2.0, said=everything, said_by=payload,
        )  # fmt: skip
        sent = message_of(notice, "Automation <na@example.org>", "mail_1", 1.0).as_bytes()
        read = message_from_bytes(sent, policy=policy.default)
        # No payload has made a header, or another recipient, of its own.
        assert [one.addr_spec for one in read["To"].addresses] == ["bea@example.org"]
        assert set(read.keys()) == {
            "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress", "MIME-Version",
            "Content-Type",
        }  # fmt: skip
        page = read.get_body(("html",))
        assert page is not None
        # Our own four styles, and nothing else that acts.
        assert sorted(active(page.get_content(), MAIL_TAGS)) == OWN_STYLES

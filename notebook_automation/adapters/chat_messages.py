"""A message in the form that Slack, Teams and plain webhooks take: what it says is text there, never markup."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from notebook_automation.domain.notification_messages import Message

_SLACK_LINES = 20
_SLACK_LONGEST = 2900


def slack(message: Message) -> dict[str, Any]:
    """Return the body of a Slack incoming webhook (also Mattermost's); nobody can be mentioned by it."""
    lines = [_slack_line(line.what, line.detail, line.url) for line in message.lines[:_SLACK_LINES]]
    left = message.left + max(0, len(message.lines) - _SLACK_LINES)
    title = _slack_text(message.title)
    blocks: list[dict[str, Any]] = [_section(f"*{title}*")]
    blocks += [_section(line[:_SLACK_LONGEST]) for line in lines]
    if left:
        blocks.append(_section(f"… and {left} more"))
    return {"text": title, "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def teams(message: Message) -> dict[str, Any]:
    """Return the body of a Teams webhook (Workflows): an Adaptive Card of runs of text, which know no Markdown."""
    body: list[dict[str, Any]] = [
        _rich(message.title, weight="Bolder", size="Medium", color="Attention" if message.is_bad else "Default")
    ]
    for line in message.lines:
        action = {"type": "Action.OpenUrl", "url": line.url} if line.url.startswith(("http://", "https://")) else None
        first = {"type": "TextRun", "text": line.what, **({"selectAction": action} if action else {})}
        runs = [first, {"type": "TextRun", "text": f"  {line.detail}", "isSubtle": True}]
        body.append({"type": "RichTextBlock", "inlines": runs})
    if message.left:
        body.append(_rich(f"… and {message.left} more"))
    card = {"$schema": "http://adaptivecards.io/schemas/adaptive-card.json", "type": "AdaptiveCard", "version": "1.4",
            "body": body}  # fmt: skip
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def webhook(message: Message) -> dict[str, Any]:
    """Return the body of a plain webhook: the same as data."""
    return {
        "title": message.title,
        "notifications": [{**one, "at": _rfc3339(one["at"])} for one in message.facts],
        "left": message.left,
    }


def plain_text(message: Message) -> str:
    """Return all that a message says as lines of text."""
    lines = [f"{line.what}: {line.detail}\n{line.url}".rstrip() for line in message.lines]
    return "\n\n".join([*lines, *([f"… and {message.left} more"] if message.left else [])])


def encoded(body: Mapping[str, Any]) -> bytes:
    """Return ``body`` as JSON."""
    return json.dumps(body, ensure_ascii=True).encode("ascii")


def _slack_line(what: str, detail: str, url: str) -> str:
    named = _slack_text(what)
    # What stands in a link ends at its | or >.
    address = url.replace("|", "%7C").replace(">", "%3E").replace("<", "%3C")
    linked = f"<{address}|{named.replace('|', '¦')}>" if url.startswith(("http://", "https://")) else named
    return f"{linked}\n{_slack_text(detail)}" if detail else linked


def _slack_text(text: str) -> str:
    """Return ``text`` as Slack shows it: <!channel> is no mention, and nothing is a link."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    # An invisible joiner behind what would begin bold, code, a strike-through, or an italic text.
    return "".join(f"{one}\u2060" if one in "*_~`" else one for one in escaped)


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text, "verbatim": True}}


def _rich(text: str, **options: str) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [{"type": "TextRun", "text": text, **options}]}


def _rfc3339(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

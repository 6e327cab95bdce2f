"""Who may send to the inbox, and what is kept of the token."""

from __future__ import annotations

from dataclasses import replace

import pytest

from notebook_automation.domain.deliveries import Delivery
from notebook_automation.domain.inbox import InboxClosed, InboxSource, admitted

SHUT = InboxSource(name="github", token="s3cret-token")
OPEN = replace(SHUT, is_open=True)
PLAIN = Delivery(method="POST", url="http://a/x", path="", query="", headers=[], body=b"")


def asked(query: str = "", **headers: str) -> Delivery:
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return replace(PLAIN, query=query, url=f"http://a/x?{query}" if query else "http://a/x", headers=named)


@pytest.mark.parametrize(
    "delivery",
    [asked(), asked("token="), asked("token=S3cret-token"), asked("other=s3cret-token"), asked(Cookie="s3cret-token"),
     asked(Authorization="s3cret-token"), asked(X_Inbox_Token="s3cret-token "), asked(X_Inbox_Token="\udcff")],
)  # fmt: skip
def test_a_source_takes_nothing_without_its_token_unless_it_is_open(delivery: Delivery) -> None:
    with pytest.raises(InboxClosed):
        admitted(delivery, SHUT)
    assert admitted(delivery, OPEN) == delivery


@pytest.mark.parametrize(
    "delivery",
    [asked("a=1&token=s3cret-token"), asked("token=x&token=s3cret%2Dtoken&a=1"), asked(X_Inbox_Token="s3cret-token"),
     asked(Authorization="bearer s3cret-token", Referer="http://a/x?token=s3cret-token")],
)  # fmt: skip
@pytest.mark.parametrize("source", [SHUT, OPEN])
def test_the_token_is_taken_out_wherever_it_is(delivery: Delivery, source: InboxSource) -> None:
    taken = admitted(delivery, source)
    assert "s3cret" not in repr(taken)
    assert ("a=1" in delivery.query) == ("a=1" in taken.query) == ("a=1" in taken.url)

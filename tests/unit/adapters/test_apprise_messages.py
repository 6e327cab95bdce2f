"""Messages by the real Apprise, in its process: they arrive, and never in a private network."""

from __future__ import annotations

import json

import pytest
from web_sink import web_sink

from notebook_automation.adapters.apprise_messages import send
from notebook_automation.adapters.web_posts import PostRefused

pytest.importorskip("apprise")


async def test_a_message_arrives_at_a_host_that_is_allowed_and_at_no_other() -> None:
    with web_sink() as sink:
        url = f"json://{sink.host}/hook"
        for inside in (url, f"json://localhost:{sink.port}/hook", f"json://2130706433:{sink.port}/hook"):
            with pytest.raises(PostRefused):
                await send(inside, "2 failed", "nightly", is_bad=True)
        assert sink.got == []
        await send(url, "2 failed", "nightly <b>x</b>", is_bad=True, allowed=[sink.host])
        [(path, body)] = sink.got
        told = json.loads(body)
        assert (path, told["title"], told["type"]) == ("/hook", "2 failed", "failure")
        assert "nightly" in told["message"]


@pytest.mark.parametrize("url", ["", "nothing", "nosuch://x", "syslog://", "dbus://", "file:///etc/passwd"])
async def test_what_tells_nobody_is_refused(url: str) -> None:
    with pytest.raises(PostRefused, match="knows no such URL"):
        await send(url, "a", "b", is_bad=False)


async def test_what_the_service_does_not_take_is_said() -> None:
    with web_sink() as sink:
        sink.says = [500]
        with pytest.raises(PostRefused, match="did not take"):
            await send(f"json://{sink.host}/", "a", "b", is_bad=False, allowed=[sink.host])
        assert len(sink.got) == 1

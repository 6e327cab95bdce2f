"""Posts to addresses that users gave, with a real server: never into private networks, and never twice."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from web_sink import web_sink

from notebook_automation.adapters.outbound import is_public
from notebook_automation.adapters.web_posts import PostRefused, PostUncertain, post
from notebook_automation.domain.errors import Unavailable


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.9.9.9", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "224.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1%eth0", "fd00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1"])
def test_addresses_that_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]"])
def test_nothing_goes_to_this_machine_however_it_is_written(host: str) -> None:
    with web_sink() as sink, pytest.raises((PostRefused, Unavailable)) as refused:
        post(f"https://{host}:{sink.port}/x", b"{}", "application/json")
    assert sink.got == []
    assert isinstance(refused.value, PostRefused) or "cannot be reached" in refused.value.message


def test_a_name_that_leads_inside_is_refused_and_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [["1.1.1.1"], ["127.0.0.1"]]
    asked: list[str] = []
    reached: list[Any] = []

    def looked_up(host: str, port: int, **more: Any) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in answers.pop(0)]

    class Unreached(socket.socket):
        def connect(self, address: Any) -> None:
            reached.append(address)
            raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    monkeypatch.setattr(socket, "socket", Unreached)
    # A name that changes what it leads to meanwhile: what was looked at is what is connected to.
    with pytest.raises(Unavailable):
        post("https://rebind.example.org/x", b"{}", "application/json")
    assert (asked, reached) == (["rebind.example.org"], [("1.1.1.1", 443)])
    with pytest.raises(PostRefused, match="private network"):
        post("https://rebind.example.org/x", b"{}", "application/json")
    assert len(reached) == 1


def test_a_name_with_one_inner_address_is_refused_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, 443)) for one in ("1.1.1.1", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *given, **more: both)
    with pytest.raises(PostRefused, match="private network"):
        post("https://both.example.org/", b"{}", "application/json")


@pytest.mark.parametrize(
    "url",
    [
        "", "SLACK", "ftp://example.org/", "file:///etc/passwd", "https://", "https://example.org:99999/",
        "https://user:password@example.org/", "https://example.org/a b", "https://example.org/\r\nX: y",
        "https://exämple.org/", "http://example.org/",
    ],
)  # fmt: skip
def test_what_is_no_url_of_another_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(PostRefused) as refused:
        post(url, b"{}", "application/json")
    assert "password@" not in refused.value.message
    assert "passwd" not in refused.value.message


def test_answers_are_told_apart_and_a_redirect_is_not_followed() -> None:
    with web_sink() as sink, web_sink() as inner:
        url, allowed = f"http://{sink.host}/hook/secret?x=1", [sink.host, inner.host]
        before: list[str] = []
        post(url, b'{"a": 1}', "application/json", allowed=allowed, before=lambda: before.append("now"))
        assert (sink.got, before) == ([("/hook/secret?x=1", b'{"a": 1}')], ["now"])
        sink.location = f"http://{inner.host}/inner"
        for status, kind in (
            (302, PostRefused), (307, PostRefused), (400, PostRefused), (404, PostRefused), (410, PostRefused),
            (408, Unavailable), (429, Unavailable), (500, Unavailable), (503, Unavailable), (0, PostUncertain),
        ):  # fmt: skip
            sink.says = [status]
            with pytest.raises(kind) as error:
                post(url, b"{}", "application/json", allowed=allowed)
            assert "secret" not in error.value.message  # type: ignore[attr-defined]
        assert inner.got == []


def test_an_allowed_host_is_allowed_by_its_port_too() -> None:
    with web_sink() as sink, web_sink() as other:
        post(f"http://{sink.host}/", b"{}", "application/json", allowed=[sink.host])
        with pytest.raises(PostRefused):
            post(f"http://{other.host}/", b"{}", "application/json", allowed=[sink.host])
        post(f"http://{other.host}/", b"{}", "application/json", allowed=["127.0.0.1"])


def test_what_cannot_be_reached_did_not_arrive() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    called: list[int] = []
    with pytest.raises(Unavailable) as error:
        post(
            f"http://127.0.0.1:{port}/", b"{}", "application/json", allowed=["127.0.0.1"],
            before=lambda: called.append(1),
        )  # fmt: skip
    assert (error.value.code, called) == ("message_delayed", [])

"""Calls of an API with a real server: bounded in time and size, never redirected, never into private networks."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest
from api_sink import ApiSink, answer, api_sink, dripping, endless, hanging, silent, stalling, torn
from eventually import wait_until

from notebook_automation.adapters.http_calls import AnswerLate, AnswerMissing, CallStopped, HttpCall, HttpRequest
from notebook_automation.adapters.outbound import OutboundRefused
from notebook_automation.domain.errors import AutomationError, Unavailable

_PLENTY = 30.0


def _call(sink: ApiSink, path: str = "/", seconds: float = _PLENTY, at_most: int = 1000, **request: Any) -> HttpCall:
    asked = HttpRequest(url=f"{sink.url}{path}", **{"method": "GET", **request})
    return HttpCall(asked, seconds=seconds, at_most=at_most, allowed=[sink.host])


def test_method_headers_and_body_arrive_and_the_answer_comes_back() -> None:
    with api_sink() as sink:
        sink.says = [answer(201, '{"id": 7}', Content_Type="application/json", X_Made="yes")]
        made = _call(sink, "/v1/x?q=1", method="PATCH", headers={"X-Own": "é"}, body=b'{"a": 1}').send()
        asked = sink.asked[0]
    assert (asked.method, asked.path, asked.body) == ("PATCH", "/v1/x?q=1", b'{"a": 1}')
    assert asked.headers["x-own"] == "é"
    assert asked.headers["accept-encoding"] == "identity"
    assert (made.status, made.reason, made.body, made.cut) == (201, "Created", b'{"id": 7}', False)
    assert made.headers["x-made"] == "yes"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_is_not_followed(status: int) -> None:
    with api_sink() as sink, api_sink() as inner:
        sink.says = [answer(status, Location=f"{inner.url}/inner")]
        call = HttpCall(
            HttpRequest(url=sink.url, method="GET"), seconds=_PLENTY, at_most=10, allowed=[sink.host, inner.host]
        )
        assert call.send().status == status
        assert inner.asked == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f000001", "127.1", "[::1]"])
def test_nothing_goes_to_this_machine_unless_it_is_allowed(host: str) -> None:
    with api_sink() as sink:
        request = HttpRequest(url=f"https://{host}:{sink.port}/x", method="GET")
        with pytest.raises((OutboundRefused, Unavailable)):
            HttpCall(request, seconds=_PLENTY, at_most=10).send()
        assert sink.asked == []


@pytest.mark.parametrize("address", ["169.254.169.254", "10.0.0.7", "192.168.1.1", "[fd00::1]", "100.64.0.1"])
def test_nothing_goes_into_private_networks(address: str) -> None:
    with pytest.raises(OutboundRefused, match="api_call_hosts"):
        HttpCall(HttpRequest(url=f"https://{address}/latest", method="GET"), seconds=_PLENTY, at_most=10).send()


def test_nothing_goes_out_in_the_clear() -> None:
    with pytest.raises(OutboundRefused, match="https"):
        HttpCall(HttpRequest(url="http://api.example.com/", method="GET"), seconds=_PLENTY, at_most=10).send()


def test_a_name_that_changes_between_look_and_connect_leads_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [["1.1.1.1"], ["127.0.0.1"]]
    reached: list[Any] = []

    def looked_up(host: str, port: int, **more: Any) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in answers.pop(0)]

    class Unreached(socket.socket):
        def connect(self, address: Any) -> None:
            reached.append(address)
            raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    monkeypatch.setattr(socket, "socket", Unreached)
    request = HttpRequest(url="https://rebind.example.org/x", method="GET")
    with pytest.raises(Unavailable) as error:
        HttpCall(request, seconds=_PLENTY, at_most=10).send()
    assert (error.value.code, reached) == ("api_unreachable", [("1.1.1.1", 443)])
    with pytest.raises(OutboundRefused, match="private network"):
        HttpCall(request, seconds=_PLENTY, at_most=10).send()
    assert len(reached) == 1


def test_an_answer_without_an_end_is_cut() -> None:
    with api_sink() as sink:
        sink.says = [endless]
        made = _call(sink, at_most=100_000).send()
    assert (len(made.body), made.cut) == (100_000, True)


def test_no_more_is_read_than_is_wanted() -> None:
    with api_sink() as sink:
        sink.says = [stalling(sink, 100_001)]
        made = _call(sink, at_most=100_000).send()
    assert (len(made.body), made.cut) == (100_000, True)


@pytest.mark.parametrize("size", [999, 1000])
def test_an_answer_up_to_the_limit_is_whole(size: int) -> None:
    with api_sink() as sink:
        sink.says = [answer(200, b"x" * size)]
        made = _call(sink, at_most=1000).send()
    assert (len(made.body), made.cut) == (size, False)


def test_what_is_late_is_given_up_however_it_is_late() -> None:
    with api_sink() as sink:
        body = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
        sink.says = [hanging(sink), dripping(sink), dripping(sink, body)]
        for _ in range(3):
            with pytest.raises(AnswerLate, match=r"within 0\.5 seconds.*may have been done"):
                _call(sink, seconds=0.5).send()
        assert len(sink.asked) == 3


def test_what_ends_too_early_may_have_been_done() -> None:
    with api_sink() as sink:
        for one in (silent, torn):
            sink.says = [one]
            with pytest.raises(AnswerMissing, match="may have been done"):
                _call(sink).send()


def test_one_that_waits_is_broken_off_from_another_thread() -> None:
    with api_sink() as sink:
        sink.says = [hanging(sink)]
        call = _call(sink)
        ended: list[AutomationError] = []

        def send() -> None:
            try:
                call.send()
            except AutomationError as error:
                ended.append(error)

        thread = threading.Thread(target=send)
        thread.start()
        wait_until(lambda: bool(sink.asked))
        call.stop()
        thread.join()
        assert [type(one) for one in ended] == [CallStopped]


def test_one_that_is_stopped_before_it_is_sent_sends_nothing() -> None:
    with api_sink() as sink:
        call = _call(sink)
        call.stop()
        with pytest.raises(CallStopped):
            call.send()
        assert sink.asked == []


def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    request = HttpRequest(url=f"http://127.0.0.1:{port}/", method="GET")
    with pytest.raises(Unavailable) as error:
        HttpCall(request, seconds=_PLENTY, at_most=10, allowed=["127.0.0.1"]).send()
    assert error.value.code == "api_unreachable"

"""The address of a server behind a proxy."""

from __future__ import annotations

import pytest
from tornado.httputil import HTTPHeaders

from notebook_automation.domain.addresses import displayed_address, forwarded_address

BASE = "/user/ana/"


@pytest.mark.parametrize(
    ("headers", "address"),
    [
        ({"Host": "127.0.0.1:8888"}, None),
        ({"Host": "127.0.0.1:8888", "X-Forwarded-For": "10.1.2.3"}, None),
        ({"Host": "lab.example.org", "X-Forwarded-Proto": "https"}, "https://lab.example.org/user/ana/"),
        ({"Host": "lab.example.org:8443", "X-Scheme": "https"}, "https://lab.example.org:8443/user/ana/"),
        (
            {"Host": "10.0.0.2:8888", "X-Forwarded-Host": "lab.example.org", "X-Forwarded-Proto": "https,http"},
            "https://lab.example.org/user/ana/",
        ),
        ({"X-Forwarded-Host": "outer.example.org, inner:80"}, "http://outer.example.org/user/ana/"),
        (
            {"X-Forwarded-Host": "lab.example.org", "X-Forwarded-Proto": "https", "X-Forwarded-Port": "8443"},
            "https://lab.example.org:8443/user/ana/",
        ),
        (
            {"X-Forwarded-Host": "lab.example.org", "X-Forwarded-Proto": "https", "X-Forwarded-Port": "443"},
            "https://lab.example.org/user/ana/",
        ),
        (
            {"X-Forwarded-Host": "[2001:db8::1]:8443", "X-Forwarded-Proto": "wss"},
            "https://[2001:db8::1]:8443/user/ana/",
        ),
        ({"Host": "10.0.0.2", "Forwarded": "for=192.0.2.60"}, None),
        (
            {"Host": "10.0.0.2:8888", "Forwarded": "for=192.0.2.60;proto=https;by=203.0.113.43;host=lab.example.org"},
            "https://lab.example.org/user/ana/",
        ),
        (
            {"Forwarded": 'For="[2001:db8::17]:4711" ; Proto=HTTPS; Host="lab.example.org:8443", proto=http;host=in'},
            "https://lab.example.org:8443/user/ana/",
        ),
        ({"Forwarded": 'host="[2001:db8::1]:80"'}, "http://[2001:db8::1]:80/user/ana/"),
        ({"Host": "lab.example.org", "Forwarded": "proto=https"}, "https://lab.example.org/user/ana/"),
        (
            {"Forwarded": "host=lab.example.org;proto=https", "X-Forwarded-Host": "old", "X-Forwarded-Proto": "http"},
            "https://lab.example.org/user/ana/",
        ),
        (
            {"Forwarded": "for=192.0.2.60", "X-Forwarded-Host": "lab.example.org", "X-Forwarded-Proto": "https"},
            "https://lab.example.org/user/ana/",
        ),
        ({"Forwarded": 'host="lab.example.org/@evil";proto=https'}, None),
        ({"Forwarded": 'host="unclosed;proto=https', "Host": "10.0.0.2"}, None),
        ({"Forwarded": "," + "a=b;" * 5000 + '="' + "\\" * 5000}, None),
        ({"X-Forwarded-Host": "lab.example.org/@evil", "X-Forwarded-Proto": "https"}, None),
        ({"X-Forwarded-Host": "lab.example.org", "X-Forwarded-Proto": "javascript"}, None),
    ],
)
def test_what_a_proxy_says_is_the_address(headers: dict[str, str], address: str | None) -> None:
    assert forwarded_address(HTTPHeaders(headers), BASE) == address


@pytest.mark.parametrize(
    ("display", "address"),
    [
        ("https://lab.example.org", "https://lab.example.org/user/ana/"),
        ("https://lab.example.org/", "https://lab.example.org/user/ana/"),
        ("https://lab.example.org:8443/user/ana/lab?token=abc", "https://lab.example.org:8443/user/ana/"),
        ("https://lab.example.org/proxied", "https://lab.example.org/proxied/"),
    ],
)
def test_the_address_that_jupyter_displays_leads_to_the_server(display: str, address: str) -> None:
    assert displayed_address(display, BASE) == address

"""Behind a proxy under a prefix: the addresses shown are those by which others come in."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from eventually import wait_until
from serving import Server, serve

from notebook_automation.domain.sessions import TERMINAL


@pytest.fixture
def behind(tmp_path: Path) -> Iterator[tuple[Server, str]]:
    """A server under /user/ana/, and the address of a proxy that ends TLS (it says) before it."""
    with serve(tmp_path, base_url="/user/ana/") as server:
        origin = server.url.removesuffix("/user/ana/")

        class Proxy(BaseHTTPRequestHandler):
            def forward(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                passed = {k: v for k, v in self.headers.items() if k.lower() not in ("host", "connection")}
                passed |= {"X-Forwarded-Host": "lab.example.org", "X-Forwarded-Proto": "https"}
                answer = httpx.request(self.command, origin + self.path, content=body, headers=passed, trust_env=False)
                self.send_response(answer.status_code)
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            do_GET = do_POST = forward

            def log_message(self, format: str, *args: object) -> None:
                """Requests are no news."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as proxy:
            thread = threading.Thread(target=proxy.serve_forever, args=(0.05,))
            thread.start()
            yield server, f"http://127.0.0.1:{proxy.server_port}"
            proxy.shutdown()
            thread.join()


def test_a_webhook_has_the_address_by_which_the_proxy_is_called(behind: tuple[Server, str]) -> None:
    server, proxy = behind
    before = server.trigger(name="orders", type="webhook")
    assert before["url"].startswith(server.url)
    api = f"{proxy}/user/ana/notebook-automation/api/v1"
    signed_in = {"Authorization": f"token {server.token}"}

    with httpx.Client(trust_env=False) as browser:
        # Whoever has not signed in says nothing of where we are.
        assert browser.get(f"{api}/status").status_code == 401
        assert server.api.get("triggers/sales/orders").json()["url"] == before["url"]
        seen = browser.get(f"{api}/triggers/sales/orders", headers=signed_in).json()
        assert seen["url"].startswith("https://lab.example.org/user/ana/notebook-automation/webhooks/")
        assert seen["url"] in seen["curl"]

        # A notebook's magics ask past the proxy, and show the same.
        assert server.api.get("triggers/sales/orders").json()["url"] == seen["url"]

        through = browser.post(seen["url"].replace("https://lab.example.org", proxy), json={"order": 7})
    assert through.status_code == 202, through.text


def test_a_session_started_through_the_proxy_hands_over_what_it_makes(behind: tuple[Server, str]) -> None:
    """Its code reaches the server past the proxy, under the same prefix; its links are those of the proxy."""
    server, proxy = behind
    code = """import notebook_automation as na
na.artifact({"total": 7}, "total.json")
na.emit("counted", {"total": 7})
na.respond({"url": na.webhook_url("orders")})"""
    server.trigger(name="orders", type="webhook")
    server.notebook("sales/count.ipynb", code)
    api = f"{proxy}/user/ana/notebook-automation/api/v1"
    with httpx.Client(trust_env=False, headers={"Authorization": f"token {server.token}"}) as browser:
        started = browser.post(f"{api}/sessions", json={"project": "sales", "call": "count.ipynb"}).json()

        def ended() -> dict[str, Any]:
            found: dict[str, Any] = browser.get(f"{api}/sessions/{started['id']}").json()
            return found if found["status"] in TERMINAL else {}

        session = wait_until(ended)
        assert (session["status"], session["error"]) == ("completed", None)

        def items(path: str, **query: str) -> list[dict[str, Any]]:
            found: list[dict[str, Any]] = browser.get(f"{api}/{path}", params=query).json()["items"]
            return found

        [made] = items("artifacts", session=started["id"], name="total.json")
        assert browser.get(f"{proxy}{made['content_url']}").json() == {"total": 7}
        assert len(items("events", type="counted")) == 1
        [answer] = items(f"sessions/{started['id']}/outcomes")
        assert "https://lab.example.org/user/ana/notebook-automation/webhooks/" in str(answer["value"])


def test_what_is_configured_goes_before_what_a_proxy_says(tmp_path: Path) -> None:
    options = ("--NotebookAutomationApp.run_engine=False", "--ServerApp.custom_display_url=https://shown.example.org")
    with serve(tmp_path, *options, base_url="/user/ana/") as server:
        told = server.api.get("status", headers={"X-Forwarded-Host": "else.example.org"}).json()
        assert told["webhook_base"] == "https://shown.example.org/user/ana/notebook-automation/webhooks/"

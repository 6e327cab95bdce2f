"""Inquiries of a session that runs on a real server, and the links by which people answer them."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import httpx
from serving import Server

from notebook_automation.domain.access import Caller
from notebook_automation.domain.inquiry_decisions import Given


class Desk:
    """A running session, started by zoe, whose code asks."""

    def __init__(self, server: Server, code: httpx.Client, session_id: str) -> None:
        self.server, self.code, self.session_id = server, code, session_id
        self._asked = 0

    def ask(self, prompt: str = "Release 1.2?", **what: Any) -> Any:
        """Ask one inquiry at a new place; return it."""
        self._asked += 1
        place = {"cell_index": 3, "piece": 0, "nth": self._asked}
        body = {"position": place, "inquiries": [{"prompt": prompt, **what}]}
        answer = self.code.post(f"sessions/{self.session_id}/inquiries", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["inquiries"][0]

    def show(self, content: bytes, name: str, media_type: str) -> dict[str, Any]:
        """Store something to be shown; return what an inquiry names it by."""
        query = {"name": name, "media_type": media_type}
        stored = self.code.post(f"sessions/{self.session_id}/shown", params=query, content=content)
        assert stored.status_code == 201, stored.text
        return dict(stored.json())

    def look(self, inquiry: Any) -> Any:
        """Return an inquiry as it is now."""
        return self.server.api.get(f"inquiries/{inquiry['id']}").json()

    def log(self, inquiry: Any) -> list[str]:
        """Return what happened to it."""
        return [one["what"] for one in self.server.api.get(f"inquiries/{inquiry['id']}/log").json()["items"]]

    def link(self, inquiry: Any, login: str = "ana") -> str:
        """Return the address of a new link for ``login``."""
        links = self.server.services.inquiry_links
        made = self.server.run(links.make(Caller(kind="user", login=login), inquiry["id"], "rest"))
        return f"{self.server.url}notebook-automation/inquiries/answer/{made.token}"

    def answer(self, login: str, inquiry: Any, **given: Any) -> None:
        """Answer in another way than by the link."""
        caller = Caller(kind="user", login=login)
        self.server.run(self.server.services.inquiry_answers.answer(caller, inquiry["id"], Given(**given), "rest"))


@contextlib.contextmanager
def asking(server: Server, project: str = "asking") -> Iterator[Desk]:
    """Run such a session in a project of its own."""
    call = server.notebook(f"{project}/report.ipynb", "1 + 1")
    first = server.api.post("sessions", json={"call": call}).json()
    server.api.post(f"sessions/{first['id']}/cancel")
    zoe = Caller(kind="user", login="zoe")
    found = server.run(server.services.projects.get(zoe, project))
    session_id = server.run(server.services.sessions.start(zoe, found, "report.ipynb")).session.id
    with server.begin(session_id) as code:
        yield Desk(server, code, session_id)
    server.end(session_id, "completed")


def form_code(page: str) -> str:
    """Return the code that the form of a page has to send."""
    found = re.search(r'name="form" value="([^"]+)"', page)
    assert found is not None, page
    return unescape(found.group(1))

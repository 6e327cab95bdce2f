"""The ways by which a person answers an inquiry, each as what it sends to a real server; and a session that asks."""

from __future__ import annotations

import html
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from click.testing import CliRunner
from serving import Server

from notebook_automation.cli import cli
from notebook_automation.domain.access import Caller
from notebook_automation.domain.inquiry_decisions import Given
from notebook_automation.widgets.browser_side import answer_to


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it: whether it was taken, and what the way said."""

    is_taken: bool
    said: str


class Cannot(Exception):
    """This way does not do that, as the table in `docs/inquiries.md` says."""


class Way:
    """One way. ``channel`` is what the log says of it; ``cannot`` what is done by the others only."""

    channel: str
    cannot: frozenset[str] = frozenset()

    def __init__(self, server: Server) -> None:
        self.server = server

    def do(self, inquiry: Mapping[str, Any], what: str, body: Mapping[str, Any]) -> Done:
        """Send ``body`` to what an inquiry has at ``what``: answers, delegation, question, withdrawal."""
        raise NotImplementedError

    def answer(self, inquiry: Mapping[str, Any], **body: Any) -> Done:
        return self.do(inquiry, "answers", body)

    def answer_all(self, inquiries: Sequence[Mapping[str, Any]], decision: str) -> Done:
        """Answer several at once."""
        raise Cannot


class Rest(Way):
    channel = "rest"

    def do(self, inquiry: Mapping[str, Any], what: str, body: Mapping[str, Any]) -> Done:
        return self._post(f"inquiries/{inquiry['id']}/{what}", body)

    def answer_all(self, inquiries: Sequence[Mapping[str, Any]], decision: str) -> Done:
        return self._post("inquiries/answers", {"ids": [one["id"] for one in inquiries], "decision": decision})

    def _post(self, path: str, body: Mapping[str, Any]) -> Done:
        headers = {} if self.channel == "rest" else {"X-Notebook-Automation-Channel": self.channel}
        answer = self.server.api.post(path, json=body, headers=headers)
        return Done(answer.is_success, answer.text)


class Panel(Rest):
    """What the panel sends; `tests/ui` clicks its buttons."""

    channel = "panel"


class Widget(Way):
    """What the widget sends by way of its kernel; `tests/ui` clicks its buttons where the browser sends it."""

    channel = "widget"
    cannot = frozenset({"withdrawal", "several"})

    def do(self, inquiry: Mapping[str, Any], what: str, body: Mapping[str, Any]) -> Done:
        if what in self.cannot:
            raise Cannot
        sent = {"method": "POST", "path": f"inquiries/{inquiry['id']}/{what}", "body": body}
        with pytest.MonkeyPatch.context() as patched:
            patched.setenv("NOTEBOOK_AUTOMATION_URL", self.server.url)
            patched.setenv("NOTEBOOK_AUTOMATION_TOKEN", self.server.token)
            answer = answer_to(sent)
        return Done(answer["status"] < 400, json.dumps(answer["body"]))


class Shell(Way):
    channel = "cli"

    def do(self, inquiry: Mapping[str, Any], what: str, body: Mapping[str, Any]) -> Done:
        comment = ["--comment", body["comment"]] if body.get("comment") else []
        if what == "answers":
            value = ["--value", json.dumps(body["value"])] if "value" in body else []
            words = ["answer", inquiry["id"], *([body["decision"]] if body.get("decision") else []), *value, *comment]
        elif what == "delegation":
            words = ["delegate", inquiry["id"], body["to"], *comment]
        elif what == "question":
            words = ["send-back", inquiry["id"], body["question"], *(["--to", body["to"]] if "to" in body else [])]
        else:
            words = ["withdraw", inquiry["id"], "--reason", body["reason"]]
        return self._run(words)

    def answer_all(self, inquiries: Sequence[Mapping[str, Any]], decision: str) -> Done:
        return self._run(["answer", *(one["id"] for one in inquiries), decision])

    def _run(self, words: Sequence[str]) -> Done:
        where = ("--url", self.server.url, "--token", self.server.token)
        ran = CliRunner().invoke(cli, ["inquiry", *words, *where])
        return Done(ran.exit_code == 0, ran.output)


class Link(Way):
    """A link that was made for whoever has the token, and its page as a browser without JavaScript sends it."""

    channel = "link"
    cannot = frozenset({"delegation", "question", "withdrawal", "several"})

    def do(self, inquiry: Mapping[str, Any], what: str, body: Mapping[str, Any]) -> Done:
        if what in self.cannot:
            raise Cannot
        made = self.server.api.post(f"inquiries/{inquiry['id']}/links")
        if not made.is_success:
            return Done(False, made.text)
        # Under the name by which this test reaches the server.
        url = f"{self.server.stranger.base_url.copy_with(path='/')}".rstrip("/") + urlsplit(made.json()["url"]).path
        page = self.server.stranger.get(url)
        assert page.status_code == 200, page.text
        form = _Form()
        form.feed(page.text)
        sent = {**form.given, **self._filled(inquiry, form, body)}
        answered = self.server.stranger.post(url, data=sent)
        return Done(answered.status_code == 303, html.unescape(answered.text))

    def _filled(self, inquiry: Mapping[str, Any], form: _Form, body: Mapping[str, Any]) -> dict[str, str]:
        texts = {name: str(body[name]) for name in ("decision", "comment") if body.get(name)}
        for number, name in enumerate((inquiry["schema"] or {}).get("properties", {})):
            if name in body.get("value", {}):
                text = str(body["value"][name])
                texts[f"field-{number}"] = form.options.get((f"field-{number}", text), text)
        return texts


class _Form(HTMLParser):
    """What a page's form sends unless something is changed, and what its choices send, by what they show."""

    def __init__(self) -> None:
        super().__init__()
        self.given: dict[str, str] = {}
        self.options: dict[tuple[str, str], str] = {}
        self._select, self._option = "", ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        about = {name: value or "" for name, value in attrs}
        if tag == "input" and about.get("type") not in ("checkbox", "radio", "submit"):
            self.given[about["name"]] = about.get("value", "")
        elif tag == "select":
            self._select = about["name"]
        elif tag == "option":
            self._option = about.get("value", "")

    def handle_data(self, data: str) -> None:
        if data.strip() and self._select:
            self.options[self._select, data.strip()] = self._option

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""


WAYS: tuple[type[Way], ...] = (Panel, Widget, Rest, Shell, Link)


class Asker:
    """The code of a running session, started by zoe; and whoever has the server's token, as ``me``."""

    def __init__(self, server: Server, code: httpx.Client, session_id: str) -> None:
        self.server, self.session_id = server, session_id
        self._code = code
        self._asked = 0
        self.me = str(server.api.put("inquiries/absences/me", json={"substitute": "nobody"}).json()["person"])
        server.api.delete("inquiries/absences/me")

    def ask(self, **what: Any) -> dict[str, Any]:
        """Ask at a new place, and return the inquiry."""
        place = {"cell_index": 3, "piece": 0, "nth": self._asked}
        self._asked += 1
        asked = {"prompt": f"Release {secrets.token_hex(4)}?", **what}
        body = {"position": place, "inquiries": [asked]}
        answer = self._code.post(f"sessions/{self.session_id}/inquiries", json=body)
        assert answer.status_code == 201, answer.text
        [found] = answer.json()["inquiries"]
        return dict(found)

    def now(self, inquiry: Mapping[str, Any]) -> dict[str, Any]:
        """An inquiry as it is now, for ``me``."""
        return dict(self.server.api.get(f"inquiries/{inquiry['id']}").json())

    def log(self, inquiry: Mapping[str, Any]) -> list[tuple[str, str, str]]:
        """What happened to it: what, who, by which way."""
        items = self.server.api.get(f"inquiries/{inquiry['id']}/log").json()["items"]
        return [(one["what"], one["who"], one["channel"]) for one in items]

    def answer_as(self, login: str, inquiry: Mapping[str, Any], **given: Any) -> None:
        """Somebody else answers."""
        caller = Caller(kind="user", login=login)
        self.server.run(self.server.services.inquiry_answers.answer(caller, inquiry["id"], Given(**given), "rest"))

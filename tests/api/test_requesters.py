"""Nobody approves what they set off themselves, by whatever route; and where nobody is known, it says so."""

from __future__ import annotations

import csv
import secrets
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from click.testing import CliRunner
from serving import Server

from notebook_automation.cli import cli
from notebook_automation.domain.access import Caller
from notebook_automation.magics.inquiries import inquiry_card
from notebook_automation.services.events import Tick
from notebook_automation.services.inquiry_messages import Notice, message_of
from notebook_automation.store import inquiries

PROJECT = "standing"
ZOE = Caller(kind="user", login="zoe")
UNKNOWN = "Who started it is not known: it came by a webhook."


class Routes:
    """What mallory, who has the server's token, tries; zoe is somebody else. Each returns the session that asks."""

    def __init__(self, server: Server) -> None:
        self.server, self.api = server, server.api
        self.call = server.notebook(f"{PROJECT}/report.ipynb", "1 + 1")
        self.open: list[tuple[str, httpx.Client]] = []

    def begun(self, session_id: str) -> httpx.Client:
        """Let a session run; return a client that is its code."""
        self.open.append((session_id, self.server.begin(session_id)))
        return self.open[-1][1]

    def own(self) -> httpx.Client:
        """The code of a session that mallory has started."""
        return self.begun(self.by_hand(self.api))

    def by_hand(self, client: httpx.Client) -> str:
        return str(self._sent(client, "sessions", {"call": self.call})["id"])

    def of_zoe(self) -> str:
        project = self.server.run(self.server.services.projects.get(ZOE, PROJECT))
        return self.server.run(self.server.services.sessions.start(ZOE, project, "report.ipynb")).session.id

    def trigger(self, **fields: Any) -> dict[str, Any]:
        name = f"on_{secrets.token_hex(4)}"
        return self.server.trigger(**{"name": name, "type": "manual", "notebook": self.call, **fields})

    def on_event(self) -> str:
        """The name of an event to which a trigger listens."""
        name = f"event_{secrets.token_hex(4)}"
        self.trigger(type="event", event_type=name)
        return name

    def delivered(self, *, token: str | None = None) -> str:
        """A session that a request to a webhook has started, sent by nobody knows whom, or with a session's token."""
        url = self.trigger(type="webhook")["url"]
        headers = {} if token is None else {"Authorization": token}
        answer = httpx.post(url, json={}, headers=headers, trust_env=False)
        assert answer.status_code == 202, answer.text
        [session_id] = answer.json()["session_ids"]
        return str(session_id)

    def fired(self, client: httpx.Client) -> str:
        return self._first(self._sent(client, f"triggers/{self.trigger()['id']}/fire", {}))

    def emitted(self, client: httpx.Client) -> str:
        return self._first(self._sent(client, "events", {"project": PROJECT, "type": self.on_event()}))

    def replayed(self, client: httpx.Client) -> str:
        session_id = self.delivered()
        event_id = self.api.get(f"sessions/{session_id}").json()["event_id"]
        return self._first(self._sent(client, f"events/{event_id}/replay", {}))

    def retried(self, client: httpx.Client) -> str:
        session_id = self.of_zoe()
        self.api.post(f"sessions/{session_id}/cancel")
        return str(self._sent(client, f"sessions/{session_id}/retry", {})["id"])

    def retried_child(self, client: httpx.Client) -> str:
        """Of zoe's session the code started another: who runs that again, and not zoe, is behind it."""
        child = self.by_hand(self.begun(self.of_zoe()))
        self.api.post(f"sessions/{child}/cancel")
        return str(self._sent(client, f"sessions/{child}/retry", {})["id"])

    def sent_with_token(self) -> str:
        return self.delivered(token=self.own().headers["Authorization"])

    def emitted_by_grandchild(self) -> str:
        child = self.begun(self.by_hand(self.own()))
        return self.emitted(self.begun(self.emitted(child)))

    def ticked(self) -> str:
        """A schedule that mallory has made comes to its time."""
        return self._tick(self.trigger(type="schedule", schedule="@every 1d"))

    def ticked_after_change(self) -> str:
        """Zoe's schedule, of which mallory has changed what it calls."""
        name = f"on_{secrets.token_hex(4)}"
        project = self.server.run(self.server.services.projects.get(ZOE, PROJECT))
        fields = {"name": name, "type": "schedule", "schedule": "@every 1d", "call": "report.ipynb"}
        made = self.server.services.triggers.save(ZOE, project, fields, replace_existing=False)
        trigger_id = self.server.run(made)[0].trigger.id
        changed = self.api.patch(f"triggers/{trigger_id}", json={"parameters": {"x": 1}})
        assert changed.status_code == 200, changed.text
        return self._tick(changed.json())

    def ticked_after_manifest(self) -> str:
        """The same, of which a manifest has changed what it calls."""
        project = f"{PROJECT}-{secrets.token_hex(4)}"
        self.server.notebook(f"{project}/report.ipynb", "1 + 1")
        text = (
            f"version: v1\nproject:\n  name: {project}\n  triggers:\n  - name: nightly\n    type: schedule\n"
            '    schedule: "@every 1d"\n    call: report.ipynb\n'
        )
        self.server.run(self.server.services.manifests.apply(ZOE, text, project, dry_run=False))
        changed = f"{text}    parameters:\n      x: 1\n"
        answer = self.api.post("projects/apply", json={"manifest": changed, "path": project, "dry_run": False})
        assert answer.json()["applied"], answer.text
        return self._tick(self.api.get(f"triggers/{project}/nightly").json())

    def signalled(self, client: httpx.Client) -> str:
        """A session that nobody known has started gets a signal."""
        session_id = self.delivered()
        self.begun(session_id)
        self._sent(client, f"sessions/{session_id}/signals", {"name": "go"})
        return session_id

    def broadcast(self, client: httpx.Client) -> str:
        session_id = self.delivered()
        name = f"go_{secrets.token_hex(4)}"
        self._wait(self.begun(session_id), session_id, kind="signal", name=name)
        self._sent(client, "signals", {"project": PROJECT, "name": name})
        return session_id

    def listened(self, client: httpx.Client) -> str:
        session_id = self.delivered()
        name = f"event_{secrets.token_hex(4)}"
        self._wait(self.begun(session_id), session_id, kind="event", name=name)
        self._sent(client, "events", {"project": PROJECT, "type": name})
        return session_id

    def asked(self, session_id: str) -> Any:
        """The inquiry of a session, which begins to run if it has not yet."""
        running = dict(self.open)
        code = running[session_id] if session_id in running else self.begun(session_id)
        body = {"position": {"cell_index": 5, "piece": 0, "nth": 0}, "inquiries": [{"prompt": "Release?"}]}
        [inquiry] = self._sent(code, f"sessions/{session_id}/inquiries", body)["inquiries"]
        return self.api.get(f"inquiries/{inquiry['id']}").json()

    def _wait(self, code: httpx.Client, session_id: str, **question: Any) -> None:
        position = {"cell_index": 1, "piece": 0, "nth": 0}
        self._sent(code, f"sessions/{session_id}/waits", {"position": position, **question})

    def _tick(self, trigger: dict[str, Any]) -> str:
        moment = datetime.now(UTC)
        tick = Tick(trigger_id=trigger["id"], fire=(moment,), missed=(), cursor=time.time(), next_fire=None)
        self.server.run(self.server.services.events.tick([tick]))
        [session] = self.api.get("sessions", params={"trigger": trigger["id"]}).json()["items"]
        return str(session["id"])

    def _sent(self, client: httpx.Client, path: str, body: Any) -> Any:
        answer = client.post(path, json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def _first(self, receipt: Any) -> str:
        [session_id] = receipt["session_ids"]
        return str(session_id)


@pytest.fixture
def routes(server: Server) -> Iterator[Routes]:
    made = Routes(server)
    server.api.post(f"sessions/{made.by_hand(server.api)}/cancel")
    yield made
    for session_id, client in made.open:
        client.close()
        server.end(session_id, "completed")


def _by_hand_or_by_code(name: str) -> list[Any]:
    route: Callable[[Routes, httpx.Client], str] = getattr(Routes, name)
    return [
        pytest.param(lambda routes: route(routes, routes.api), id=name),
        pytest.param(lambda routes: route(routes, routes.own()), id=f"{name} by code"),
    ]


EVERY_ROUTE = [
    *(
        one
        for name in (
            "by_hand", "fired", "emitted", "replayed", "retried", "retried_child", "signalled", "broadcast",
            "listened",
        )
        for one in _by_hand_or_by_code(name)
    ),
    *(
        pytest.param(getattr(Routes, name), id=name)
        for name in (
            "sent_with_token", "emitted_by_grandchild", "ticked", "ticked_after_change", "ticked_after_manifest",
        )
    ),
]  # fmt: skip


@pytest.mark.parametrize("route", EVERY_ROUTE)
def test_nobody_approves_what_they_have_set_off_themselves(routes: Routes, route: Callable[[Routes], str]) -> None:
    inquiry = routes.asked(route(routes))
    assert (inquiry["may_answer"], inquiry["requester"]) == (False, _mallory(routes))
    answer = routes.api.post(f"inquiries/{inquiry['id']}/answers", json={"decision": "approve"})
    assert (answer.status_code, answer.json()["code"]) == (403, "requester")
    assert _mallory(routes) in answer.json()["detail"]


def test_where_nobody_is_known_it_says_so(routes: Routes) -> None:
    inquiry = routes.asked(routes.delivered())
    assert (inquiry["requester"], inquiry["came_by"], inquiry["requester_note"]) == (None, "webhook", UNKNOWN)
    again = routes.asked(routes.emitted(routes.begun(routes.delivered())))
    assert (again["requester"], again["requester_note"]) == (None, UNKNOWN), "whatever lies between"
    expired = routes.asked(routes.delivered(token=f"Bearer nas_{secrets.token_urlsafe(24)}"))
    assert expired["requester_note"] == UNKNOWN
    signalled = routes.asked(routes.signalled(routes.api))
    assert signalled["requester_note"].startswith(UNKNOWN), "a signal hides nothing"
    by_hand = routes.asked(routes.by_hand(routes.api))
    assert (by_hand["came_by"], by_hand["requester_note"]) == ("person", "")
    entry = routes.api.get(f"inquiries/{inquiry['id']}/log").json()["items"][0]
    assert (entry["detail"]["requester"], entry["detail"]["came_by"]) == (None, "webhook")


def test_each_way_of_answering_says_that_nobody_is_known(routes: Routes) -> None:
    server, inquiry = routes.server, routes.asked(routes.delivered())
    made = server.run(server.services.inquiry_links.make(ZOE, inquiry["id"], "rest"))
    url = f"{server.url}notebook-automation/inquiries/answer/{made.token}"
    assert UNKNOWN in httpx.get(url, trust_env=False).text
    stored = server.database.read_now(lambda tx: inquiries.get(tx, inquiry["id"]))
    assert stored is not None
    notice = Notice(inquiry=stored, why="asked", login="zoe", name="Zoe", address="zoe@example.org", url=url)
    mail = message_of(notice, "na@example.org", "mai_1", time.time())
    for kind in ("plain", "html"):
        part = mail.get_body((kind,))
        assert part is not None
        assert UNKNOWN in part.get_content()
    where = ("--url", server.url, "--token", server.token)
    said = CliRunner().invoke(cli, ["inquiry", "show", inquiry["id"], *where]).output
    assert UNKNOWN in " ".join(said.split())
    assert UNKNOWN in inquiry_card(inquiry)._repr_html_()
    exported = routes.api.get("inquiries/export", params={"format": "csv", "session_id": inquiry["session_ref"]}).text
    [row, *_] = csv.DictReader(exported.splitlines())
    assert (row["requester"], row["came_by"]) == ("", "webhook")


def test_what_a_schedule_starts_is_said_to_be_of_who_changed_it(routes: Routes) -> None:
    inquiry = routes.asked(routes.ticked())
    assert inquiry["came_by"] == "schedule"
    assert inquiry["requester_note"] == (
        f"Nobody started it by hand: it came by a schedule, which {_mallory(routes)} last changed."
    )


def _mallory(routes: Routes) -> str:
    absence = routes.api.put("inquiries/absences/me", json={"substitute": "nobody else"}).json()
    routes.api.delete("inquiries/absences/me")
    return str(absence["person"])

"""Manifests in the forms in which projects of AutoKitteh have them: each loads, or is refused in a clear sentence."""

from __future__ import annotations

import textwrap
from typing import Any

import jsonschema
import pytest
import yaml

from notebook_automation.adapters.yaml_text import parse_yaml
from notebook_automation.domain.access import Caller
from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.manifest_schema import manifest_schema

LOADS: dict[str, tuple[str, int]] = {
    "every minute": (
        """
        version: v1
        project:
          name: quickstart
          triggers:
            - name: every_minute
              schedule: "*/1 * * * *"
              call: program.py:main
        """,
        1,
    ),
    "a webhook, with nothing below it": (
        """
        # Answers a request.
        version: v1

        project:
          name: hello_http
          triggers:
            - name: hello
              webhook: {}
              call: hello.py:on_get
              event_type: get
        """,
        1,
    ),
    "a webhook whose key is empty, by its type": (
        """
        version: v2
        project:
          name: form
          triggers:
            - name: submitted
              type: webhook
              webhook:
              event_type: post
              filter: data.body.form.email != "" && data.headers["content-type"].contains("form")
              call: form.py:on_submit
              is_sync: true
        """,
        1,
    ),
    "many connections": (
        """
        version: v1
        project:
          name: purrr
          connections:
            - {name: github_conn, integration: github}
            - {name: slack_conn, integration: slack}
            - {name: redis_conn, integration: redis}
          vars:
            - name: SLACK_CHANNEL_PREFIX
              value: _pr
            - name: SLACK_DEBUG_CHANNEL
              value: ""
          triggers:
            - {name: gh_pr, connection: github_conn, event_type: pull_request, call: github_pr.py:on_pull_request}
            - name: gh_review
              connection: github_conn
              event_type: pull_request_review
              filter: data.action in ["submitted", "dismissed"]
              call: handlers/reviews.py:on_review
            - name: slack_command
              connection: slack_conn
              event_type: slash_command
              filter: data.command == "/purrr" && data.text.startsWith("opt")
              call: slack_cmd.py:on_slash
            - {name: daily, schedule: "@daily", call: cron.py:reminders}
        """,
        4,
    ),
    "connections with vars": (
        """
        version: v1
        project:
          name: mailer
          connections:
            - name: gmail_conn
              integration: gmail
              vars:
                - name: auth_type
                  value: oauth
            - name: openai
              integration: chatgpt
              vars: []
          triggers: []
        """,
        0,
    ),
    "variables with descriptions": (
        """
        version: v2
        project:
          name: assistant
          display_name: The assistant
          description: |
            Answers in Slack.

            Twice, if asked.
          vars:
            - name: MODEL
              description: Which model answers
              value: small
            - name: MAX_TOKENS
              value: 400
            - name: VERBOSE
              value: true
            - name: RATE
              value: 0.5
            - name: PROMPT
              value: |
                You are kind.
                You answer shortly.
            - name: API_KEY
              description: "From the settings page: https://example.com/keys"
              secret: true
            - name: OPTIONAL_ID
              optional: true
        """,
        0,
    ),
    "a description on everything": (
        """
        version: v2
        project:
          name: noted
          connections: [{name: jira_conn, integration: jira, description: The board}]
          triggers:
            - name: created
              description: A ticket is opened
              connection: jira_conn
              event_type: issue_created
              filter: data.issue.fields.priority.name == 'High'
              call: tickets.py:on_created
        """,
        1,
    ),
    "a time zone": (
        """
        version: v2
        project:
          name: reports
          triggers:
            - name: weekdays
              type: schedule
              schedule: "0 9 * * 1-5"
              timezone: America/New_York
              call: reports.py:send
        """,
        1,
    ),
    "every form of a schedule": (
        """
        version: v1
        project:
          triggers:
            - {name: a, schedule: "@every 30m", call: p.py:f}
            - {name: b, schedule: "@every 1h30m", call: p.py:f}
            - {name: c, schedule: "@hourly", call: p.py:f}
            - {name: d, schedule: "@weekly", call: p.py:f}
            - {name: e, schedule: "@monthly", call: p.py:f}
            - {name: f, schedule: "0 0 1 1 *", call: p.py:f}
            - {name: g, schedule: "15,45 8-18/2 * JAN-JUN mon", call: p.py:f}
            - {name: h, schedule: "CRON_TZ=Asia/Tokyo 0 6 * * *", call: p.py:f}
            - {name: i, schedule: "TZ=UTC 0 6 * * *", call: p.py:f}
        """,
        9,
    ),
    "as it is exported": (
        """
        version: v2
        project:
            name: exported
            connections:
                - name: twilio_conn
                  integration: twilio
            triggers:
                - name: sms
                  event_type: message
                  filter: ""
                  schedule: ""
                  timezone: ""
                  type: connection
                  connection: twilio_conn
                  call: sms.py:on_message
                  is_sync: false
                  is_durable: true
            vars:
                - name: FROM_NUMBER
                  value: "+15005550006"
        """,
        1,
    ),
    "a trigger without a call": (
        """
        version: v1
        project:
          name: waits
          connections: [{name: slack, integration: slack}]
          triggers:
            - {name: reactions, connection: slack, event_type: reaction_added}
        """,
        1,
    ),
    "Starlark": (
        "{version: v1, project: {name: s, triggers: [{name: a, webhook: {}, call: 'program.star:on_http'}]}}",
        1,
    ),
    "JavaScript": (
        "{version: v1, project: {name: s, triggers: [{name: a, webhook: {}, call: 'main.mjs:on_event'}]}}",
        1,
    ),
    "the keys of the first manifests": (
        """
        version: v1
        project:
          name: first
          connections:
            - {name: door, integration: http, token: TODO}
          vars:
            - {name: KEY, is_secret: true, env_var: MY_KEY}
          triggers:
            - {name: rung, connection: door, event_type: get, data: {path: "bell/{who}"}, entrypoint: "bell.py:on_get"}
        """,
        1,
    ),
    "anchors": (
        """
        version: v1
        project:
          name: anchored
          triggers:
            - &base {name: first, webhook: {}, call: a.py:f, event_type: post}
            - name: second
              webhook: {}
              call: a.py:g
        """,
        2,
    ),
    "durable, with optional filters": (
        """
        version: v1
        project:
          name: approvals
          connections: [{name: slack, integration: slack}]
          triggers:
            - name: asked
              connection: slack
              event_type: message
              filter: data.?thread_ts.orValue("") == "" && data.text.lowerAscii().matches("^approve [0-9]+$")
              call: approvals.py:on_message
              is_durable: true
            - {name: later, schedule: "@every 5m", call: "approvals.py:sweep", is_durable: false}
        """,
        2,
    ),
    "a filter on header and address": (
        """
        version: v1
        project:
          name: hooks
          triggers:
            - name: push
              type: webhook
              event_type: post
              filter: >-
                data.headers["X-GitHub-Event"] == "push" &&
                data.url.path.endsWith("/main") &&
                data.url.query.?token.orValue("") != ""
              call: hooks.py:on_push
        """,
        1,
    ),
    "with no version and no name": ("project:\n  triggers:\n    - {name: a, webhook: {}, call: 'a.py:f'}\n", 1),
    "a version as a number": ("version: 1\nproject: {name: numbered}\n", 0),
    "nothing but a name": ("version: v1\nproject:\n  name: empty\n  vars:\n  connections:\n  triggers:\n", 0),
    "tabs in a block, Windows' line ends, a mark": ("\ufeffversion: v1\r\nproject:\r\n  name: windows\r\n", 0),
    "a document's start and end": ("---\nversion: v1\nproject:\n  name: framed\n...\n", 0),
}
REFUSED: dict[str, tuple[str, str]] = {
    "the old entry point": (
        "project: {triggers: [{name: a, webhook: {}, entry_point: 'a.py:f'}]}",
        r"project\.triggers\[0\] has 'entry_point', which is not known: did you mean call\?",
    ),
    "the old entry point and the new one": (
        "project: {triggers: [{name: a, webhook: {}, entrypoint: 'a.py:f', call: 'a.py:g'}]}",
        r"project\.triggers\[0\] has entrypoint and call, which mean the same: keep call\.",
    ),
    "connections by name": ("project: {connections: {slack: slack}}", r"project\.connections has to be a list"),
    "no integration": ("project: {connections: [{name: a}]}", r"connections\[0\] needs an integration, such as slack"),
    "two with one name": (
        "project: {vars: [{name: a}, {name: a}]}", "the name 'a' is taken by an entry above",
    ),
    "nothing that starts it": ("project: {triggers: [{name: a, call: 'a.py:f'}]}", "needs a type: webhook, schedule"),
    "two documents": ("version: v1\nproject: {}\n---\nversion: v1\nproject: {}\n", "single document"),
    "no project": ("version: v1\nname: a\n", "the top key 'project'"),
    "a value that is a list": ("project: {vars: [{name: a, value: [1]}]}", "value has to be a text: put it in quotes"),
    "a filter with and": (
        "project: {triggers: [{name: a, webhook: {}, filter: 'data.x == 1 and data.y == 2'}]}",
        r"Trigger 'a': .*Write &&, \|\| and !",
    ),
    "a schedule of six fields": (
        "project: {triggers: [{name: a, schedule: '0 */5 * * * * *', call: 'a.py:f'}]}", r"triggers\[0\]\.schedule: ",
    ),
    "a time zone that is none": (
        "project: {triggers: [{name: a, schedule: '@daily', timezone: Mars/Olympus, call: 'a.py:f'}]}", "Mars/Olympus",
    ),
    "a name with spaces": ("project: {triggers: [{name: a b, webhook: {}}]}", "letters, digits"),
    "a call that is no file": ("project: {triggers: [{name: a, webhook: {}, call: on_push}]}", "Trigger 'a': .*call"),
}  # fmt: skip


@pytest.mark.parametrize("name", LOADS)
async def test_it_loads_as_it_is(server: Any, ana: Caller, name: str) -> None:
    text, triggers = LOADS[name]
    text = textwrap.dedent(text)
    (server.root / "one").mkdir()
    plan = await server.manifests.apply(ana, text, "one", dry_run=False)
    assert sum(change.kind == "trigger" for change in plan.changes) == triggers
    jsonschema.validate(parse_yaml(text), manifest_schema())
    exported = await server.manifests.export(ana, plan.project)
    jsonschema.validate(yaml.safe_load(exported), manifest_schema())
    again = await server.manifests.apply(ana, exported, "one", dry_run=True)
    assert {change.change for change in again.changes} <= {"same"}


@pytest.mark.parametrize("name", REFUSED)
async def test_it_is_refused_in_a_sentence(server: Any, ana: Caller, name: str) -> None:
    text, sentence = REFUSED[name]
    (server.root / "one").mkdir()
    with pytest.raises(Invalid, match=sentence):
        await server.manifests.apply(ana, text, "one", dry_run=True)


async def test_the_value_of_a_variable_is_the_text_that_is_written(server: Any, ana: Caller) -> None:
    (server.root / "one").mkdir()
    written = {"YES": "yes", "ZEROS": "007", "PRICE": "1.50", "DAY": "2024-01-01", "PHONE": "+15005550006", "NO": "NO"}
    listed = "".join(f"    - {{name: {name}, value: {value}}}\n" for name, value in written.items())
    text = f"project:\n  vars:\n{listed}    - {{name: NONE, value: ~}}\n"
    plan = await server.manifests.apply(ana, text, "one", dry_run=False)
    variables = {one.name: one.value for one in await server.projects.variables(ana, plan.project)}
    assert variables == {**written, "NONE": ""}
    assert {change.change for change in (await server.manifests.apply(ana, text, "one", dry_run=True)).changes} == {
        "same"
    }


def test_what_yaml_would_read_as_another_number_stays_the_text_it_is() -> None:
    text = '{p: [04107, +049, 12:30, 2026-01-31, 0_1], n: [0, 7, -1.5, 0.5, 1e3, .5, 0x1F], q: ["04", yes, null]}'
    assert parse_yaml(text) == {
        "p": ["04107", "+049", "12:30", "2026-01-31", "0_1"],
        "n": [0, 7, -1.5, 0.5, "1e3", 0.5, 31],
        "q": ["04", True, None],
    }

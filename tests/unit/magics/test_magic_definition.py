"""What a line of `%trigger` defines, and the sentence for what it cannot mean."""

from __future__ import annotations

from typing import Any

import pytest
from IPython.core.error import UsageError

from notebook_automation.domain.signature_presets import NO_SIGNATURE, PRESETS
from notebook_automation.magics.definition import _EVERY_WAY, parse_definition
from notebook_automation.magics.definition_options import SIGNERS, cell_options, line_options
from notebook_automation.magics.options import words_of
from notebook_automation.sdk.errors import Invalid


def _body(line: str, options: Any = None) -> dict[str, Any]:
    definition = parse_definition(options or line_options(), words_of(line))
    assert definition is not None
    return definition.body()


def test_the_first_example_of_the_tour() -> None:
    line = 'nightly --cron "0 6 * * MON-FRI" --tz Europe/Berlin -p region=emea -p days=7 --report html --keep "30 days"'
    assert _body(line) == {
        "name": "nightly",
        "type": "schedule",
        "enabled": True,
        "event_type": None,
        "filter": None,
        "schedule": {"cron": "0 6 * * MON-FRI", "timezone": "Europe/Berlin"},
        "after": None,
        "artifact": None,
        "files": None,
        "parameters": {"region": "emea", "days": 7},
        "mapping": {},
        "report": "html",
        "keep": "30 days",
        "is_sync": False,
        "is_durable": False,
        "retry": None,
        "policy": None,
        "priority": 0,
        "warm": False,
        "time_limit": None,
        "max_body": None,
        "sync_time": None,
        "notify": None,
        "tags": [],
        "skip_tags": [],
        "kernel_name": None,
        "env": {},
        "memory": None,
        "collect": None,
        "freshness": None,
    }


def test_the_environment_of_its_kernel() -> None:
    body = _body("n --every 1h --kernel ir --env MODE=fast --env 'Q=a = b' --env-from KEY=STRIPE_KEY --env-from TOKEN")
    assert (body["kernel_name"], body["memory"]) == ("ir", None)
    assert body["env"] == {
        "MODE": "fast", "Q": "a = b", "KEY": {"variable": "STRIPE_KEY"}, "TOKEN": {"variable": "TOKEN"},
    }  # fmt: skip
    assert _body("n --every 1h --memory 2GiB")["memory"] == "2GiB"
    with pytest.raises(Invalid, match="KEY is given by --env and by --env-from"):
        _body("n --every 1h --env KEY=x --env-from KEY")
    with pytest.raises(Invalid, match="--env takes"):
        _body("n --every 1h --env KEY")


def test_how_long_the_caller_waits_is_seconds() -> None:
    assert _body("orders --webhook --sync --sync-time 2m")["sync_time"] == 120


def test_who_signs_and_by_which_secrets_it_is_checked() -> None:
    line = "orders --webhook --signature slack --secret-name HOOK --old-secret-name OLD --signature-field tolerance=60s"
    assert _body(line)["signature"] == {"preset": "slack", "secret": "HOOK", "old_secret": "OLD", "tolerance": "60s"}
    assert set(SIGNERS) == {*PRESETS, NO_SIGNATURE}
    assert _body("orders --webhook --signature none")["signature"] == {"preset": "none"}
    # Left out, it stays as it was set elsewhere.
    assert "signature" not in _body("orders --webhook")


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("orders --webhook --signature slack", "--secret-name"),
        ("orders --webhook --secret-name HOOK", "belong to --signature"),
        ("orders --manual --signature slack --secret-name HOOK", "add --webhook"),
        ("orders --webhook --signature slak --secret-name HOOK", "slack"),
    ],
)
def test_a_signature_that_is_not_whole_is_refused(line: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        _body(line)


def test_a_filter_holds_both_kinds_of_quotes() -> None:
    text = 'data.method == "POST" && data.json.action in ["opened", "reopened"]'
    body = _body(f"pull_requests --webhook --filter '{text}' --sync --map order='data.json.id + 1'", cell_options())
    assert (body["type"], body["filter"], body["is_sync"]) == ("webhook", text, True)
    assert body["mapping"] == {"order": "data.json.id + 1"}
    assert _body("x --webhook --warm", cell_options())["warm"] is True
    assert _body("""x --webhook --filter "data.text == 'it\\"s'" """)["filter"] == "data.text == 'it\"s'"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("x --every 90s", "schedule"),
        ("x --at '2026-12-24 18:00' --catch-up skip --jitter 1m", "schedule"),
        ("x --webhook --event-type post", "webhook"),
        ("x --event-type order_received", "event"),
        ("x --after load", "session"),
        ("x --on-artifact load/table.csv", "artifact"),
        ("x --on-file data/*.csv", "file"),
        ("x --manual --disabled --time-limit 1h30m", "manual"),
    ],
)
def test_the_kind_of_a_trigger_follows_from_its_options(line: str, kind: str) -> None:
    assert _body(line)["type"] == kind


def test_what_it_runs_after_and_within_which_time_all_of_it() -> None:
    assert _body("x --after load")["after"] == {"of": ["load"]}
    line = "x --after emea --after 'apac east.ipynb' --after-status failed --after-status timeout --within 2h"
    after = {"of": ["emea", "apac east.ipynb"], "statuses": ["failed", "timeout"], "within": 7200}
    assert _body(line)["after"] == after
    with pytest.raises(UsageError, match="belong to --after"):
        _body("x --manual --within 2h")
    with pytest.raises(UsageError, match="different triggers"):
        _body("x --webhook --after load")


def test_files_are_watched_for_what_becomes_of_them() -> None:
    assert _body("x --on-file 'data/*.csv'")["files"] == {"paths": ["data/*.csv"]}
    line = "x --on-file a --on-file b --on-change deleted --quiet 10s"
    assert _body(line)["files"] == {"paths": ["a", "b"], "on": ["deleted"], "debounce": 10}
    with pytest.raises(UsageError, match="belong to --on-file"):
        _body("x --manual --quiet 3s")


def test_a_schedule_knows_days_off() -> None:
    line = "x --cron '0 6 * * *' --holidays DE-BE --working-days MON-FRI --not-on 2026-12-24 --if-off next"
    calendar = {"holidays": "DE-BE", "working_days": "MON-FRI", "dates": ["2026-12-24"], "if_off": "next"}
    assert _body(line)["schedule"]["calendar"] == calendar
    with pytest.raises(UsageError, match="--holidays belongs to"):
        _body("x --manual --holidays DE")


def test_an_artifact_counts_each_time_or_when_it_is_another() -> None:
    assert _body("x --on-artifact load/table.csv")["artifact"] == {"ref": "load/table.csv", "changed": False}
    assert _body("x --on-artifact '*/t.csv' --if-changed")["artifact"] == {"ref": "*/t.csv", "changed": True}
    with pytest.raises(UsageError, match="belongs to --on-artifact"):
        _body("x --manual --if-changed")
    with pytest.raises(UsageError, match="--after and --on-artifact are different triggers"):
        _body("x --after load --on-artifact load/t.csv")


def test_retries_are_counted_beside_the_first_try() -> None:
    assert _body("x --manual --retries 3")["retry"] == {"max_attempts": 4}
    line = "x --manual --durable --retries 1 --retry-delay '1 min' --retry-if-lost"
    assert _body(line)["retry"] == {"max_attempts": 2, "base_delay": 60, "if_lost": True}
    assert _body(line)["is_durable"] is True


def test_lengths_of_time_are_seconds() -> None:
    assert _body("x --manual --time-limit 1h30m")["time_limit"] == 5400
    assert _body("x --every 1h --jitter '1 minute'")["schedule"] == {"every": "1h", "jitter": 60}


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("", "A trigger needs a name."),
        ("--webhook x", "name comes first"),
        (
            "x",
            f"Say when it runs: {_EVERY_WAY} or --manual.",
        ),
        ("x --every 1h --webhook", "--every and --webhook are different triggers"),
        ("x --every 1h --event-type post", "--every has no event type"),
        ("x --webhook --tz Europe/Berlin", "--tz belongs to --cron, --every or --at"),
        ("x --webhook --catch-up all", "--catch-up belongs to"),
        ("x --manual --retry-delay 1m", "--retry-delay and --retry-if-lost belong to --retries"),
        ("x --manual --retries few", "invalid int value: 'few'"),
        ("x --every 1h --sync", "--sync answers the caller of a webhook"),
        ("x --webhook --sync-time 30s", "add --sync"),
        ("x --webhook --sync --sync-time soon", "--sync-time"),
        ("x --crn y", r"There is no option --crn, did you mean --cron\?"),
        ("x --webhook --filter data.a == 1", "'==' is one word too many: put a value that has spaces into quotes"),
        ("x --webhook --filter", "expected one argument"),
        ("x --webhook --report docx", "html, pdf or email, or several of them"),
        ("x --webhook --report email,no-code --send-to ana", "No-code belongs to html or pdf"),
        ("x --webhook --report pdf,email", "Say to whom the report is sent"),
        ("x --webhook -p 1a=2", "-p takes name=value with a variable's name, not '1a=2'"),
        ("x --webhook -p a", "-p takes name=value"),
        ("x --webhook -p a=1 -p a=2", "gives 'a' twice"),
        ("x --webhook -p 'a=[1'", "is not a YAML value"),
        ("x --webhook --time-limit soon", "--time-limit takes a length of time"),
        ("x --webhook --time-limit 10x", "--time-limit takes a length of time"),
        ("x --webhook --time-limit 0s", "--time-limit takes a length of time"),
        ("x --webhook --time-limit 1h30", "--time-limit takes a length of time"),
        ("x --webhook --filter 'a", "A quote is opened and not closed"),
    ],
)
def test_what_is_wrong_is_one_sentence(line: str, sentence: str) -> None:
    with pytest.raises((UsageError, Invalid), match=sentence) as caught:
        _body(line)
    assert "Traceback" not in str(caught.value)


def test_help_names_every_option() -> None:
    text = line_options().format_help()
    for option in (
        "--cron",
        "--every",
        "--at",
        "--tz",
        "--webhook",
        "--event-type",
        "--filter",
        "--map",
        "--test",
        "--call",
    ):
        assert option in text
    assert "--call" not in cell_options().format_help()


def test_a_limit_and_a_priority_are_passed_on_as_they_are_written() -> None:
    body = _body('orders --webhook --at-most "1 by region, else cancel running" --priority 5')
    assert (body["policy"], body["priority"]) == ("1 by region, else cancel running", 5)


def test_a_line_may_be_a_rule_of_another_trigger() -> None:
    line = "refunds --rule-of orders --filter 'data.json.n > 1' --map n=data.n --transform data.json -p a=1 --disabled"
    definition = parse_definition(cell_options(), words_of(line))
    assert definition is not None
    assert (definition.name, definition.rule_of) == ("refunds", "orders")
    assert definition.rule_body() == {
        "enabled": False, "parameters": {"a": 1}, "mapping": {"n": "data.n"}, "conditions": ["data.json.n > 1"],
        "transform": "data.json", "collect": None,
    }  # fmt: skip
    collected = parse_definition(line_options(), words_of("r --rule-of orders --batch 30s --key data.id"))
    assert collected is not None
    assert collected.rule_body()["collect"] == {"batch": 30.0, "key": "data.id"}
    for wrong, says in (
        ("r --rule-of orders --webhook --sync", "--sync, --webhook"),
        ("r --manual --transform x", "--rule-of"),
    ):
        with pytest.raises(UsageError, match=says):
            parse_definition(line_options(), words_of(wrong))


def test_events_may_be_collected_for_one_run() -> None:
    assert _body("orders --webhook --debounce '10 s'")["collect"] == {"debounce": 10.0}
    for wrong, says in (("--key data.id", "belongs to --debounce"), ("--batch 1s --debounce 1s", "one of them")):
        with pytest.raises(UsageError, match=says):
            _body(f"orders --webhook {wrong}")


def test_a_report_is_made_and_sent_in_several_formats() -> None:
    made = _body("x --webhook --report email,no-code,pdf,html --send-to ana --send-if 'session.duration > 1.0'")
    assert made["report"] == "html,pdf,no-code"
    sent = {
        "on": ["completed"],
        "to": ["email:ana"],
        "report": ["html", "pdf", "email"],
        "if": "session.duration > 1.0",
    }
    assert made["notify"] == [sent]
    assert _body("x --webhook --report email --send-to ana")["report"] is None


def test_how_fresh_it_is_to_be_is_said_by_options() -> None:
    made = _body("nightly --every 1h --fresh-within 26h --slower-than 3x")
    assert made["freshness"] == {"within": "26h", "slower_than": "3x"}

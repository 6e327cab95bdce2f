"""The small texts people write: calls, names, ids, retention, durations, times, parameters."""

from __future__ import annotations

import re
from typing import Any

import pytest

from notebook_automation.domain.access import EVERYTHING, SYSTEM, Action, Caller
from notebook_automation.domain.artifacts import (
    Artifact,
    ArtifactResource,
    media_type_of,
    superseded,
    type_of,
    validate_artifact_name,
)
from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.errors import AutomationError, Conflict, Forbidden, Invalid, NotFound, Unavailable
from notebook_automation.domain.events import EVENT_ID
from notebook_automation.domain.ids import new_slug
from notebook_automation.domain.parameters import Parameter, json_type, merged
from notebook_automation.domain.projects import name_for_folder, validate_name
from notebook_automation.domain.retention import Retention, parse_retention
from notebook_automation.domain.rules import Rule, decide
from notebook_automation.domain.sessions import (
    CLAIMED,
    QUEUED,
    SESSION_ID,
    TERMINAL,
    TRANSITIONS,
    after_cancel,
    check_transition,
)
from notebook_automation.domain.times import duration, from_rfc3339, rfc3339

# access ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("permission", ["read", "configure", "run", "answer", "report"])
def test_people_and_the_engine_may_do_everything_here(permission: Action) -> None:
    for caller in (Caller(kind="user", login="ana"), SYSTEM):
        caller.require(permission, EVERYTHING)
        caller.require(permission, ArtifactResource(project_id="prj_1", session_id="ses_1"))


@pytest.mark.parametrize(
    ("permission", "project", "session", "allowed"),
    [
        ("read", "prj_1", None, True), ("read", None, "ses_1", True), ("read", "prj_2", None, False),
        ("read", None, "ses_2", False), ("read", None, None, False), ("read", "prj_2", "ses_1", True),
        ("run", "prj_1", None, True), ("run", "prj_2", None, False), ("run", None, "ses_1", False),
        ("report", None, "ses_1", True), ("report", "prj_1", "ses_2", False), ("report", "prj_1", None, False),
        ("configure", "prj_1", "ses_1", False), ("answer", "prj_1", "ses_1", False),
    ],
)  # fmt: skip
def test_the_code_of_a_session_reaches_its_own_session_and_project_only(
    permission: Action, project: str | None, session: str | None, allowed: bool
) -> None:
    code = Caller(kind="session", login="sales/orders", session_id="ses_1", project_id="prj_1")
    if allowed:
        code.require(permission, ArtifactResource(project_id=project, session_id=session))
    else:
        with pytest.raises(Forbidden, match="ses_1"):
            code.require(permission, ArtifactResource(project_id=project, session_id=session))


def test_a_session_without_a_project_reaches_no_project() -> None:
    code = Caller(kind="session", login="x", session_id="ses_1", project_id=None)
    with pytest.raises(Forbidden):
        code.require("run", ArtifactResource(project_id=None))


# errors ---------------------------------------------------------------------------------------------------------


def test_errors_are_what_a_caller_would_catch_and_say_their_sentence() -> None:
    def every(cls: type[AutomationError]) -> list[type[AutomationError]]:
        return [cls, *(found for child in cls.__subclasses__() for found in every(child))]

    for cls in every(AutomationError)[1:]:
        error = cls("Do this instead.", code="some_code", field="x")
        assert (str(error), error.code, error.details) == ("Do this instead.", "some_code", {"field": "x"})
        assert 400 <= error.status < 600
        assert error.exit_code > 0
    assert issubclass(Invalid, ValueError)
    assert issubclass(NotFound, LookupError)
    assert issubclass(Forbidden, PermissionError)
    assert Unavailable("x").status == 503


# calls ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "path", "name", "notebook"),
    [
        ("report.ipynb", "report.ipynb", None, True),
        ("./sub/report.ipynb", "sub/report.ipynb", None, True),
        ("report.ipynb:pull_requests", "report.ipynb", "pull_requests", True),
        ("program.py:main", "program.py", "main", False),
        ("  sub dir/ü.ipynb  ", "sub dir/ü.ipynb", None, True),
    ],
)
def test_a_call_names_a_file_and_perhaps_a_part_of_it(text: str, path: str, name: str | None, notebook: bool) -> None:
    call = parse_call(text)
    assert (call.path, call.name, call.is_notebook) == (path, name, notebook)
    assert parse_call(str(call)) == call


@pytest.mark.parametrize(
    "text",
    [
        "", " ", ":x", "report.ipynb:", "report.ipynb: ", "report.txt", "report", "program.py", "program.py:",
        "program.py:a b", "program.py:a.b", "program.py:os.system('x')", "../report.ipynb", "a/../../report.ipynb",
        "/etc/report.ipynb", "..\\report.ipynb", "C:\\report.ipynb", "a\0.ipynb", "report.ipynb/x",
    ],
)  # fmt: skip
def test_a_call_that_names_nothing_or_leaves_the_project_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_call(text)
    assert refused.value.code == "call_invalid"


# names and ids --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sales", "Sales.2026_v-1", "7", "a" * 100])
def test_names_are_letters_digits_and_a_few_signs(name: str) -> None:
    assert validate_name(name) == name


@pytest.mark.parametrize("name", ["", "-a", ".a", "_a", "a/b", "a b", "ü", "a\n", "a" * 101, "%2e", "a\0"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(Invalid):
        validate_name(name)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/home/ana/Sales reports!", "Sales-reports"), ("/", "project"), ("", "project"), ("/x/.hidden", "hidden"),
        ("C:\\work\\sales", "sales"), ("/x/日本", "project"), ("/x/" + "a" * 300, "a" * 100), ("/x/a/", "a"),
    ],
)  # fmt: skip
def test_every_folder_has_a_name_that_a_project_may_have(path: str, name: str) -> None:
    assert name_for_folder(path) == name
    assert validate_name(name) == name


def test_ids_of_one_millisecond_sort_as_they_were_made() -> None:
    made = [SESSION_ID.new() for _ in range(20_000)]
    assert made == sorted(set(made))


def test_ids_sort_by_the_time_they_were_made_and_are_never_the_same() -> None:
    made = [SESSION_ID.new(at) for at in (0.0, 1.0, 1.5, 1_795_000_000.0, 253_402_300_799.0)]
    assert made == sorted(made)
    assert len({EVENT_ID.new(1.0) for _ in range(10_000)}) == 10_000
    assert re.fullmatch("ses_[0-9a-z]{26}", SESSION_ID.new())


def test_a_slug_has_as_many_random_bits_as_a_key() -> None:
    slugs = {new_slug() for _ in range(1000)}
    assert len(slugs) == 1000
    assert {len(slug) for slug in slugs} == {26}
    assert len({slug[0] for slug in slugs}) == len({slug[-1] for slug in slugs}) == 32


# times and retention --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("1h30m", 5400), ("30 days", 2592000), ("1.5 h", 5400), ("2 weeks", 1209600), (" 5 MIN ", 300)],
)
def test_durations(text: str, seconds: float) -> None:
    assert duration(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "h", "0s", "-5s", "5 fortnights", "5s and more", "9" * 400 + "d", "1e3s"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        duration(text)
    assert refused.value.code == "duration_invalid"


def test_times_are_shown_and_read_as_rfc_3339() -> None:
    assert rfc3339(1_795_000_000.25) == "2026-11-18T11:06:40.250Z"
    assert rfc3339(None) is None
    assert from_rfc3339("2026-11-18T11:06:40.250Z") == 1_795_000_000.25
    assert from_rfc3339("2026-11-18T12:06:40.250+01:00") == 1_795_000_000.25
    assert from_rfc3339("2026-11-18T11:06:40.250") == 1_795_000_000.25
    for text in ("", "yesterday", "2026-13-01", "1795000000", "2026-11-18T25:00:00Z"):
        with pytest.raises(Invalid):
            from_rfc3339(text)


@pytest.mark.parametrize(
    ("text", "policy", "limit", "expires"),
    [
        ("30 days", "days", 30, 30 * 86400.0), ("1 day", "days", 1, 86400.0), ("12hours", "hours", 12, 43200.0),
        ("90 Minutes", "minutes", 90, 5400.0), ("2 weeks", "days", 14, 14 * 86400.0),
        ("5 versions", "versions", 5, None),
    ],
)  # fmt: skip
def test_retention(text: str, policy: str, limit: int, expires: float | None) -> None:
    retention = parse_retention(text)
    assert (retention.policy, retention.limit) == (policy, limit)
    assert retention.expires_at(100.0) == (None if expires is None else 100.0 + expires)
    assert parse_retention(str(retention)) == retention


@pytest.mark.parametrize("text", ["", "forever", "0 days", "-1 days", "1.5 days", "5", "9999999 days", "5 years"])
def test_what_does_not_say_how_long_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        parse_retention(text)
    assert refused.value.code == "retention_invalid"


# parameters -----------------------------------------------------------------------------------------------------

DECLARED = [
    Parameter(name="region", default="'emea'", type="string"), Parameter(name="count", default="1", type="integer"),
    Parameter(name="share", default="0.5", type="number"), Parameter(name="when", default="date.today()", type="any"),
    Parameter(name="limit", default="None", type="null"),
]  # fmt: skip


def test_later_layers_win_and_values_fit_their_types() -> None:
    layers: list[dict[str, Any]] = [{"region": "a", "count": 1}, {"region": "b", "share": 2}, {"region": None}]
    assert merged(DECLARED, *layers) == {"region": None, "count": 1, "share": 2}
    assert merged(DECLARED, {"when": {"any": ["thing"]}, "limit": 5}) == {"when": {"any": ["thing"]}, "limit": 5}
    assert merged(None, {"anything": 1}) == {"anything": 1}
    assert merged([], {}) == {}


@pytest.mark.parametrize(
    ("values", "code", "text"),
    [
        ({"regoin": "x"}, "parameter_unknown", "Did you mean 'region'"),
        ({"zzz": 1}, "parameter_unknown", "It has: region, count"),
        ({"count": "1"}, "parameter_type", "'count' is string"),
        ({"count": 1.5}, "parameter_type", "number"),
        ({"count": True}, "parameter_type", "boolean"),
        ({"share": "x"}, "parameter_type", "string"),
        ({"region": ["x"]}, "parameter_type", "array"),
        ({"region": float("inf")}, "parameter_type", "inf"),
        ({"region; import os": 1}, "parameter_name_invalid", "variable name"),
        ({"régión": 1}, "parameter_name_invalid", "variable name"),
        ({"class": 1}, "parameter_name_invalid", "variable name"),
    ],
)
def test_parameters_that_do_not_fit_are_refused_with_a_hint(values: dict[str, Any], code: str, text: str) -> None:
    with pytest.raises(Invalid, match=text) as refused:
        merged(DECLARED, values)
    assert refused.value.code == code


def test_json_types() -> None:
    values = [None, True, 1, 1.5, "x", [1], (1,), {"a": 1}, {1}, b"x"]
    names = ["null", "boolean", "integer", "number", "string", "array", "array", "object", "any", "any"]
    assert [json_type(value) for value in values] == names


# rules ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("condition", "results", "matched"),
    [
        ("all", [], True), ("any", [], True),
        ("all", [(True, None)], True), ("all", [(False, None)], False), ("all", [(True, None), (False, None)], False),
        ("any", [(True, None), (False, None)], True), ("any", [(False, None)], False),
        ("all", [(False, "no such key")], False), ("all", [(True, None), (False, "no such key")], False),
        ("any", [(False, "no such key")], False), ("any", [(False, "no such key"), (True, None)], True),
    ],
)  # fmt: skip
def test_an_error_is_not_false_and_never_fires(condition: Any, results: Any, matched: bool) -> None:
    rule = Rule(
        id="rul_1", trigger_id="trg_1", ref="s/o", call="a.ipynb", condition=condition, conditions=("x",) * len(results)
    )
    verdict = decide(rule, results)
    assert (verdict.status, verdict.matched) == ("processed", matched)
    if not matched and any(error for _, error in results):
        assert "no such key" in (verdict.reason or "")


def test_a_disabled_rule_runs_nothing_and_says_so() -> None:
    rule = Rule(id="rul_1", trigger_id="trg_1", ref="s/o", call="a.ipynb", enabled=False)
    verdict = decide(rule, [])
    assert (verdict.status, verdict.matched) == ("disabled", False)
    assert "disabled" in (verdict.reason or "")


# sessions -------------------------------------------------------------------------------------------------------


def test_the_transition_table_is_whole() -> None:
    assert {"completed", "failed", "cancelled", "timeout", "abandoned"} == TERMINAL
    for status, following in TRANSITIONS.items():
        assert following <= set(TRANSITIONS)
        assert status not in following
        reached, open_ends = set(), {status}
        while open_ends:
            reached |= open_ends
            open_ends = {after for one in open_ends for after in TRANSITIONS[one]} - reached
        assert reached & TERMINAL, f"from {status} no end is reached"
    reachable, open_ends = set(), {"requested"}
    while open_ends:
        reachable |= open_ends
        open_ends = {after for one in open_ends for after in TRANSITIONS[one]} - reachable  # type: ignore[index]
    assert reachable == set(TRANSITIONS)
    with pytest.raises(Conflict, match="completed cannot become running"):
        check_transition("completed", "running")


def test_cancelling_ends_what_nobody_holds_and_asks_whoever_holds_it() -> None:
    for status in TRANSITIONS:
        then = after_cancel(status)
        if status in TERMINAL or status == "canceling":
            assert then == status
        else:
            assert then == ("canceling" if status in CLAIMED else "cancelled")
            check_transition(status, then)
    assert {after_cancel(status) for status in QUEUED} == {"cancelled"}


# artifacts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.csv", "sub/dir/a.csv", "ü ñ.txt", "a" * 255, "Screenshot 3.45\u202fPM.png", "-x"])
def test_artifact_names_are_relative_file_names(name: str) -> None:
    assert validate_artifact_name(name) == name


@pytest.mark.parametrize(
    "name",
    [
        "", "/a", "a/", "a//b", "..", "../a", "a/../b", "./a", "a\\b", "C:a", "a\0b", "a\nb", "a\x7f", "<script>",
        "a|b", 'a"b', "a?b", "a" * 256, "half \ud800",
    ],
    ids=repr,
)  # fmt: skip
def test_other_artifact_names_are_refused(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        validate_artifact_name(name)
    assert refused.value.code == "artifact_name_invalid"


@pytest.mark.parametrize(
    ("name", "media_type", "type"),
    [
        ("a.CSV", "text/csv", "file_datatable"), ("a.tsv", "text/tab-separated-values", "file_datatable"),
        ("a.parquet", "application/vnd.apache.parquet", "file_datatable"), ("a.png", "image/png", "file_image"),
        ("a.svg", "image/svg+xml", "file_image"), ("a.ipynb", "application/x-ipynb+json", "file_text"),
        ("a.html", "text/html", "file_text"), ("a.json", "application/json", "file_text"),
        ("a.zip", "application/zip", "file_binary"), ("noending", "application/octet-stream", "file_binary"),
        ("a.unheardof", "application/octet-stream", "file_binary"),
    ],
)  # fmt: skip
def test_media_types_and_how_they_are_shown(name: str, media_type: str, type: str) -> None:
    assert media_type_of(name) == media_type
    assert type_of(media_type) == type
    assert type_of(media_type + "; charset=utf-8") == type


def test_superseded_are_the_too_old_and_of_counted_versions_those_beyond_the_newest() -> None:
    def version(number: int, policy: str = "days", limit: int = 30, expires: float | None = None) -> Artifact:
        return Artifact(
            id=f"art_{number}", ref="r", name="n", type="url", project="p", created_at=0.0, version=number,
            retention_policy=policy, retention_limit=limit, expires_at=expires,
        )  # fmt: skip

    aged = [version(1, expires=10.0), version(2, expires=20.0), version(3, expires=None)]
    assert [one.version for one in superseded(aged, 10.0)] == [1]
    counted = [*aged[:2], version(3, "versions", 2)]
    assert [one.version for one in superseded(counted, 0.0)] == [1]
    assert [one.version for one in superseded(counted, 100.0)] == [2, 1]
    assert superseded([], 0.0) == []
    assert str(Retention(policy="versions", limit=2)) == "2 versions"

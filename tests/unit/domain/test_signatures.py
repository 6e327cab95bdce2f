"""What a trigger may say of the signatures of its deliveries."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notebook_automation.domain.errors import Invalid
from notebook_automation.domain.signature_presets import PRESETS, parse_signature
from notebook_automation.domain.signatures import OVERRIDABLE, with_overrides


@pytest.mark.parametrize("name", [name for name in PRESETS if name != "hmac"])
def test_a_preset_needs_only_the_name_of_a_secret(name: str) -> None:
    signature = parse_signature({"preset": name, "secret": "HOOK_SECRET"})
    assert signature.scheme == PRESETS[name].scheme
    assert signature.to_dict() == {"preset": name, "secret": "HOOK_SECRET"}
    assert parse_signature(signature.to_dict()) == signature


def test_what_is_given_goes_over_the_preset_and_is_kept_as_it_was_given() -> None:
    given_fields = {"preset": "hmac", "secret": "S", "header": "X-Sig", "timestamp": "X-At",
                    "signed": "{timestamp}.{body}", "tolerance": "10 min", "id": None}  # fmt: skip
    signature = parse_signature(given_fields)
    assert (signature.scheme.header, signature.scheme.tolerance) == ("X-Sig", 600.0)
    assert signature.to_dict() == {name: value for name, value in given_fields.items() if value is not None}


@pytest.mark.parametrize(
    ("field", "given_fields", "says"),
    [
        ("preset", {"secret": "S"}, "preset is missing"),
        ("preset", {"preset": "githup", "secret": "S"}, "did you mean github?"),
        ("preset", {"preset": ["github"], "secret": "S"}, "There is no preset"),
        ("secret", {"preset": "github"}, "which secret"),
        ("secret", {"preset": "github", "secret": ""}, "which secret"),
        ("secret", {"preset": "github", "secret": "a b"}, "cannot be the name"),
        ("value", {"preset": "github", "secret": "S", "value": "s3cret"}, "has no value"),
        ("kind", {"preset": "github", "secret": "S", "kind": "token"}, "has no kind"),
        ("header", {"preset": "hmac", "secret": "S"}, "which header"),
        ("header", {"preset": "hmac", "secret": "S", "header": "X Y"}, "name of a header"),
        ("header", {"preset": "hmac", "secret": "S", "header": 7}, "is a text"),
        ("algorithm", {"preset": "github", "secret": "S", "algorithm": "md5"}, "algorithm is one of"),
        ("algorithm", {"preset": "github", "secret": "S", "algorithm": "ed25519"}, "sha256"),
        ("algorithm", {"preset": "discord", "secret": "S", "algorithm": "sha256"}, "ed25519"),
        ("encoding", {"preset": "github", "secret": "S", "encoding": "utf-8"}, "encoding is one of"),
        ("signed", {"preset": "github", "secret": "S", "signed": "{url}"}, "has to have {body}"),
        ("signed", {"preset": "github", "secret": "S", "signed": "{body"}, "signed is a text with"),
        ("signed", {"preset": "github", "secret": "S", "signed": "{body.x}"}, "signed is a text with"),
        ("signed", {"preset": "github", "secret": "S", "signed": "{body!r}"}, "signed is a text with"),
        ("signed", {"preset": "github", "secret": "S", "signed": "{body:>{id}}"}, "signed is a text with"),
        ("signed", {"preset": "github", "secret": "S", "signed": "{}{body}"}, "signed is a text with"),
        ("timestamp", {"preset": "github", "secret": "S", "signed": "{timestamp}{body}"}, "in which header"),
        ("id", {"preset": "github", "secret": "S", "signed": "{id}{body}"}, "in which header"),
        ("timestamp", {"preset": "github", "secret": "S", "timestamp": "X-At"}, "not signed proves nothing"),
        ("timestamp", {"preset": "slack", "secret": "S", "timestamp": "json:at"}, "not by itself"),
        ("tolerance", {"preset": "slack", "secret": "S", "tolerance": 0}, "from 1 second"),
        ("tolerance", {"preset": "slack", "secret": "S", "tolerance": "2 days"}, "from 1 second"),
        ("tolerance", {"preset": "slack", "secret": "S", "tolerance": True}, "from 1 second"),
        ("tolerance", {"preset": "slack", "secret": "S", "tolerance": float("nan")}, "from 1 second"),
        ("tolerance", {"preset": "slack", "secret": "S", "tolerance": "soon"}, ""),
        ("prefix", {"preset": "github", "secret": "S", "prefix": "a" * 201}, "at most 200"),
    ],
)
def test_what_cannot_be_is_refused_with_its_field(field: str, given_fields: dict[str, Any], says: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_signature(given_fields)
    assert says in caught.value.message
    assert caught.value.code == "signature_invalid"
    assert caught.value.details["field"] == f"signature.{field}"


VALUES = st.one_of(st.none(), st.booleans(), st.floats(), st.text(max_size=30), st.lists(st.text(), max_size=2))


@given(name=st.sampled_from([*PRESETS]), fields=st.dictionaries(st.sampled_from(OVERRIDABLE), VALUES))
def test_whatever_is_given_is_taken_or_refused(name: str, fields: dict[str, Any]) -> None:
    assert refusal_of(name, fields) in (None, "signature_invalid")


def refusal_of(name: str, fields: dict[str, Any]) -> str | None:
    try:
        with_overrides(PRESETS[name], fields)
    except Invalid as error:
        return error.code
    return None

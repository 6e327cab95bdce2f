"""Secrets are hidden as they are, encoded, and in pieces; what is none stays as it is."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from notebook_automation.domain.masking import MASK, Masker

SECRET = 'p@ss "wörd"/+&42<>'
WAYS = {
    "as it is": lambda text: text,
    "JSON": json.dumps,
    "JSON, not escaped": lambda text: json.dumps(text, ensure_ascii=False),
    "a URL": lambda text: quote(text, safe=""),
    "a path": quote,
    "a form": quote_plus,
    "hexadecimal": lambda text: text.encode().hex(),
    "HEXADECIMAL": lambda text: text.encode().hex().upper(),
    "repr": repr,
    "HTML": html.escape,
    "HTML, quotes as they are": lambda text: html.escape(text, quote=False),
    "HTML of a template": lambda text: str(escape(text)),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_usual_form_is_hidden(way: str) -> None:
    form = WAYS[way](SECRET)
    shown = Masker([SECRET]).text(f"before {form} after")
    assert MASK in shown
    assert WAYS[way](SECRET).strip("\"'") not in shown
    assert shown.startswith("before ")
    assert shown.endswith(" after")


@pytest.mark.parametrize("secret", ["it's \\ a\ttab", "both ' and \"", "line\nof it"])
@pytest.mark.parametrize("way", WAYS)
def test_what_a_form_escapes_is_hidden_in_it(way: str, secret: str) -> None:
    assert Masker([secret]).text(WAYS[way](secret)).strip("'\"") == MASK


@given(st.binary(max_size=7), st.binary(max_size=7), st.sampled_from([base64.b64encode, base64.urlsafe_b64encode]))
def test_base64_is_hidden_wherever_the_secret_stands_in_it(before: bytes, after: bytes, encode) -> None:  # type: ignore[no-untyped-def]
    encoded = encode(before + SECRET.encode() + after).decode()
    shown = Masker([SECRET]).text(encoded)
    assert MASK in shown
    # What is left is the neighbours', with a character of the secret's at either end at most.
    assert len(shown) <= len(MASK) + len(encode(before)) + len(encode(after)) + 4


@given(
    st.lists(st.sampled_from(["hunter2-secret", "other-token", "hunter", "2-", "x", "\n", "oth"]), max_size=8),
    st.data(),
)
def test_however_it_is_cut_nothing_is_shown_and_nothing_else_is_lost(parts: list[str], data: st.DataObject) -> None:
    text = "".join(parts)
    masker = Masker(["hunter2-secret", "other-token"])
    shown = rest = ""
    at = 0
    while at < len(text):
        size = data.draw(st.integers(1, 5))
        now, rest = masker.split(rest + text[at : at + size])
        shown, at = shown + now, at + size
    assert shown + rest == masker.text(text)
    assert "hunter2-secret" not in shown + rest


def test_values_are_hidden_at_any_depth_and_numbers_stay() -> None:
    masker = Masker(["hunter2"])
    assert masker.value({"hunter2": [1, None, {"a": "x hunter2"}]}) == {MASK: [1, None, {"a": f"x {MASK}"}]}


def test_lines_of_a_key_are_hidden_by_themselves() -> None:
    masker = Masker(["-----BEGIN KEY-----\nabcdefghijkl\nxyz\n"])
    assert masker.text("line abcdefghijkl and xyz") == f"line {MASK} and xyz"


@pytest.mark.parametrize("secrets", [[], [""], ["abc"]])
def test_without_a_secret_worth_the_name_nothing_is_done(secrets: list[str]) -> None:
    masker = Masker(secrets)
    assert not masker
    assert masker.text("abc") == "abc"
    assert masker.split("abc") == ("abc", "")


def test_of_two_that_begin_alike_the_whole_is_hidden() -> None:
    assert Masker(["token", "token-long"]).text("token-long token") == f"{MASK} {MASK}"

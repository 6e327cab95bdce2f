"""Deliveries as the senders' own code signs them are taken; whatever is changed about them is refused."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, quote_plus

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sendgrid.helpers.eventwebhook import EventWebhook
from signing import SENDERS, Signed, sample_body
from twilio.request_validator import RequestValidator

from notebook_automation.adapters.public_keys import is_signature
from notebook_automation.domain.signature_presets import PRESETS, parse_signature
from notebook_automation.domain.verification import Refused, SignedRequest, Verified, verify

NOW = float(int(time.time()))
URL = "https://hooks.example.com/notebook-automation/webhooks/s?a=b"
TIMED = [name for name, preset in PRESETS.items() if preset.scheme.timestamp]
OVER_BODY = [name for name in SENDERS if PRESETS[name].scheme.kind in ("hmac", "public_key")]
senders = pytest.mark.parametrize("sender", SENDERS)


def signed(sender: str, *, at: float = NOW) -> Signed:
    return SENDERS[sender](sample_body(sender), at, URL)


def looked_at(
    delivery: Signed, secrets: Sequence[str] | None = None, *, now: float = NOW, urls: Sequence[str] = (URL,),
    **given: Any,
) -> Verified | Refused:  # fmt: skip
    scheme = parse_signature({"preset": delivery.preset, "secret": "S", **given}).scheme
    headers = {name.lower(): value for name, value in delivery.headers.items()}
    request = SignedRequest(method="POST", urls=urls, headers=headers, body=delivery.body)
    return verify(scheme, [delivery.secret] if secrets is None else secrets, request, now, is_signature)


def reason(answer: Verified | Refused) -> str:
    assert isinstance(answer, Refused)
    return answer.reason


def test_every_preset_is_tried_here() -> None:
    assert {*SENDERS, "hmac"} == set(PRESETS)


@senders
def test_what_its_sender_signs_is_taken(sender: str) -> None:
    answer = looked_at(signed(sender))
    assert isinstance(answer, Verified)
    assert (answer.digest is not None) == (sender in TIMED)


@senders
def test_of_two_live_secrets_either_is_taken(sender: str) -> None:
    delivery = signed(sender)
    for secrets in ([delivery.other, delivery.secret], [delivery.secret, delivery.other]):
        assert looked_at(delivery, secrets) == looked_at(delivery)


@senders
def test_another_secret_is_refused(sender: str) -> None:
    delivery = signed(sender)
    assert reason(looked_at(delivery, [delivery.other])) == "signature_wrong"


@senders
@pytest.mark.parametrize("secrets", [[], [""], ["  ", "\t"]], ids=["none", "empty", "blank"])
def test_without_a_secret_nothing_is_taken(sender: str, secrets: list[str]) -> None:
    assert reason(looked_at(signed(sender), secrets)) == "secret_missing"


def test_an_empty_secret_is_no_key_although_a_signature_by_it_fits() -> None:
    scheme = parse_signature({"preset": "github", "secret": "S"}).scheme
    code = hmac.new(b"", b"{}", "sha256").hexdigest()
    request = SignedRequest(method="POST", urls=[URL], headers={"x-hub-signature-256": f"sha256={code}"}, body=b"{}")
    assert verify(scheme, [""], request, NOW, is_signature) == Refused("secret_missing")
    request = SignedRequest(method="POST", urls=[URL], headers={"x-webhook-token": ""}, body=b"{}")
    token = parse_signature({"preset": "token", "secret": "S"}).scheme
    assert isinstance(verify(token, ["", "x"], request, NOW, is_signature), Refused)


@senders
def test_without_its_header_it_is_refused(sender: str) -> None:
    delivery = signed(sender)
    assert reason(looked_at(delivery.without(delivery.signature))) == "signature_missing"
    assert reason(looked_at(delivery.with_header(delivery.signature, ""))) == "signature_missing"


@pytest.mark.parametrize("sender", OVER_BODY)
def test_a_body_in_which_any_bit_differs_is_refused(sender: str) -> None:
    delivery = signed(sender)
    for place in range(len(delivery.body)):
        for bit in range(8):
            body = bytearray(delivery.body)
            body[place] ^= 1 << bit
            changed = Signed(**{**vars(delivery), "body": bytes(body)})
            # Twilio signs the fields of a form, not how they are written.
            if sender == "twilio" and same_fields(changed.body, delivery.body):
                continue
            assert isinstance(looked_at(changed), Refused), (place, bit)


def same_fields(one: bytes, other: bytes) -> bool:
    """Whether Twilio's own code signs both alike: it joins names and values without a mark between them."""

    def joined(body: bytes) -> str:
        pairs = parse_qsl(body.decode("latin-1"), keep_blank_values=True)
        return "".join(name + value for name, value in sorted(pairs))

    return joined(one) == joined(other)


@pytest.mark.parametrize("sender", OVER_BODY)
@pytest.mark.parametrize("change", [lambda b: b + b" ", lambda b: b" " + b, lambda b: b[:-1], lambda b: b + b"\0"])
def test_a_body_that_is_written_in_another_way_is_refused(sender: str, change: Any) -> None:
    delivery = signed(sender)
    changed = Signed(**{**vars(delivery), "body": change(delivery.body)})
    if sender == "twilio" and same_fields(changed.body, delivery.body):
        return
    assert isinstance(looked_at(changed), Refused)


@senders
def test_a_signature_of_which_any_character_differs_is_refused(sender: str) -> None:
    delivery = signed(sender)
    whole = delivery.headers[delivery.signature]
    scheme = PRESETS[sender].scheme
    # Of several signatures the last of this kind fits.
    begin = whole.rindex(scheme.prefix) if scheme.separator else 0
    end = whole.index(scheme.separator, begin + len(scheme.prefix)) if scheme.separator else len(whole)
    # The word before user and password is written in any case.
    for place in range(begin + (6 if sender == "basic" else 0), end):
        other = "b" if whole[place] != "b" else "c"
        forged = whole[:place] + other + whole[place + 1 :]
        assert isinstance(looked_at(delivery.with_header(delivery.signature, forged)), Refused), place


def test_a_signature_in_base64_has_one_form() -> None:
    header = signed("sendgrid").signature
    delivery = next(one for one in (signed("sendgrid") for _ in range(1000)) if one.headers[header].endswith("="))
    text = delivery.headers[header].rstrip("=")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    # The last letter has bits that stand for nothing.
    other = text[:-1] + letters[letters.index(text[-1]) + 1]
    padding = "=" * (len(delivery.headers[header]) - len(text))
    assert base64.b64decode(other + padding) == base64.b64decode(text + padding)
    assert reason(looked_at(delivery.with_header(header, other + padding))) == "signature_wrong"


@pytest.mark.parametrize("sender", TIMED)
def test_what_was_signed_too_long_ago_or_later_is_refused(sender: str) -> None:
    tolerance = PRESETS[sender].scheme.tolerance
    delivery = signed(sender)
    for off in (tolerance, -tolerance):
        assert isinstance(looked_at(delivery, now=NOW + off), Verified)
    for off in (tolerance + 1, -tolerance - 1):
        assert reason(looked_at(delivery, now=NOW + off)) == "signature_stale"
    assert isinstance(looked_at(delivery, now=NOW + 900, tolerance="20 min"), Verified)


@pytest.mark.parametrize("sender", [name for name in TIMED if name != "linear"])
@pytest.mark.parametrize("time_given", ["", "now", "1e9", "-5", "٣", "9" * 400, "nan"])
def test_a_time_that_is_none_is_refused(sender: str, time_given: str) -> None:
    delivery, scheme = signed(sender), PRESETS[sender].scheme
    if sender == "stripe":
        changed = delivery.with_header(
            "Stripe-Signature", delivery.headers["Stripe-Signature"].replace(f"t={NOW:.0f}", f"t={time_given}", 1)
        )
    else:
        header = next(name for name in delivery.headers if name.lower() == scheme.timestamp.lower())
        changed = delivery.with_header(header, time_given)
    assert isinstance(looked_at(changed), Refused)


def test_two_times_in_one_signature_are_refused() -> None:
    delivery = signed("stripe")
    value = delivery.headers["Stripe-Signature"]
    assert reason(looked_at(delivery.with_header("Stripe-Signature", f"t=1,{value}"))) == "time_missing"


@pytest.mark.parametrize("sender", ["standard-webhooks", "svix"])
def test_the_id_is_signed(sender: str) -> None:
    delivery, header = signed(sender), PRESETS[sender].scheme.id
    assert reason(looked_at(delivery.with_header(header, "msg_2"))) == "signature_wrong"
    assert reason(looked_at(delivery.without(header))) == "id_missing"


@pytest.mark.parametrize(
    ("sender", "secret"),
    [("standard-webhooks", "whsec_%%%"), ("svix", "whsec_"), ("discord", "zz"), ("discord", "00"),
     ("sendgrid", "AAAA"), ("basic", "no-colon")],
)  # fmt: skip
def test_a_secret_that_is_no_key_refuses(sender: str, secret: str) -> None:
    assert reason(looked_at(signed(sender), [secret])) == "secret_malformed"


def test_twilio_may_call_another_address_than_the_server_sees() -> None:
    inner = "http://10.0.0.7:8888/notebook-automation/webhooks/s?a=b"
    assert reason(looked_at(signed("twilio"), urls=[inner])) == "signature_wrong"
    assert isinstance(looked_at(signed("twilio"), urls=[inner, URL]), Verified)
    assert isinstance(looked_at(signed("twilio"), urls=[URL.replace(".com", ".com:443")]), Verified)


def test_twilio_signs_json_by_its_hash_in_the_address() -> None:
    body = b'{"id": 1}'
    url = f"https://example.com/hook?bodySHA256={hashlib.sha256(body).hexdigest()}"
    code = RequestValidator("s3cret").compute_signature(url, {})
    headers = {"Content-Type": "application/json", "X-Twilio-Signature": code}
    delivery = Signed("twilio", "s3cret", "x", body, headers, "X-Twilio-Signature")
    assert isinstance(looked_at(delivery, urls=[url]), Verified)
    assert reason(looked_at(Signed(**{**vars(delivery), "body": b"{}"}), urls=[url])) == "body_not_signed"
    # Declared as something else, a form is not covered by its signature.
    form = signed("twilio").with_header("Content-Type", "text/plain")
    assert reason(looked_at(form)) == "body_not_signed"


@pytest.mark.parametrize("name", ["Body", "Ünï cöde"])
def test_twilio_s_fields_come_in_any_order(name: str) -> None:
    body = f"z=1&{quote_plus(name)}=a+b%26c&z=0".encode()
    code = RequestValidator("s3cret").compute_signature(URL, {name: "a b&c", "z": "0"})
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "X-Twilio-Signature": code}
    delivery = Signed("twilio", "s3cret", "x", body.replace(b"z=1&", b""), headers, "X-Twilio-Signature")
    assert isinstance(looked_at(delivery), Verified)
    assert isinstance(looked_at(Signed(**{**vars(delivery), "body": body})), Refused)


def test_sendgrid_s_own_code_takes_what_this_test_signs() -> None:
    delivery = signed("sendgrid")
    begin = "X-Twilio-Email-Event-Webhook"
    assert EventWebhook(delivery.secret).verify_signature(
        delivery.body.decode(), delivery.headers[f"{begin}-Signature"], delivery.headers[f"{begin}-Timestamp"]
    )


def test_an_own_scheme() -> None:
    given = {
        "header": "X-Sign", "algorithm": "sha512", "encoding": "base64", "prefix": "s=", "separator": ";",
        "signed": "{method}|{id}|{timestamp}|{body}|{url}", "timestamp": "X-At", "id": "X-Id",
    }  # fmt: skip
    message = f"POST|7|{NOW:.0f}|{{}}|{URL}".encode()
    code = base64.b64encode(hmac.new(b"k", message, "sha512").digest()).decode()
    headers = {"X-Sign": f"a=1; s=x;s={code}", "X-At": f"{NOW:.0f}", "X-Id": "7"}
    delivery = Signed("hmac", "k", "j", b"{}", headers, "X-Sign")
    assert isinstance(looked_at(delivery, **given), Verified)
    assert reason(looked_at(delivery.with_header("X-Id", "8"), **given)) == "signature_wrong"


TEXT = st.text(st.characters(max_codepoint=0x10FFFF), max_size=60)


@given(sender=st.sampled_from([*SENDERS]), value=TEXT, at=TEXT, body=st.binary(max_size=40))
@example(sender="stripe", value="t=,v1=,,,=", at="", body=b"")
@example(sender="basic", value="Basic \ud800", at="", body=b"")
@example(sender="token", value="\ud800", at="", body=b"")
@example(sender="linear", value="0", at="", body=b"[" * 40)
def test_nothing_that_a_sender_writes_escapes(sender: str, value: str, at: str, body: bytes) -> None:
    scheme = PRESETS[sender].scheme
    headers = {scheme.header.lower(): value, scheme.timestamp.lower(): at, scheme.id.lower(): at, "content-type": at}
    for text in (value, f"{scheme.prefix}{value}", f"t={at},{scheme.prefix}{value}"):
        delivery = signed(sender)
        request = SignedRequest(
            method="POST", urls=[URL, value], headers={**headers, scheme.header.lower(): text}, body=body
        )
        answer = verify(scheme, [delivery.secret], request, NOW, is_signature)
        assert isinstance(answer, Refused) or text == delivery.headers[delivery.signature]

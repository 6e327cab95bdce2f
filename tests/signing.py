"""Deliveries signed as their senders sign them: by the code that they publish themselves, where they do."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from nacl.signing import SigningKey
from slack_sdk.signature import SignatureVerifier
from standardwebhooks.webhooks import Webhook
from stripe import WebhookSignature
from twilio.request_validator import RequestValidator

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Signed:
    """A delivery; ``secret`` is what the receiver is given, ``other`` one of the same form that is not it."""

    preset: str
    secret: str
    other: str
    body: bytes
    headers: dict[str, str]
    signature: str
    """The header of the signature."""

    def without(self, header: str) -> Signed:
        return replace(self, headers={name: value for name, value in self.headers.items() if name != header})

    def with_header(self, name: str, value: str) -> Signed:
        return replace(self, headers={**self.headers, name: value})


def _hmac(secret: str, message: bytes, algorithm: str = "sha256") -> hmac.HMAC:
    return hmac.new(secret.encode(), message, algorithm)


def _hub(preset: str, header: str, more: dict[str, str]) -> Callable[[bytes, float, str], Signed]:
    # They publish no code that signs. This is how their documentation describes it.
    def sign(body: bytes, now: float, url: str) -> Signed:
        code = f"sha256={_hmac('s3cret', body).hexdigest()}"
        return Signed(preset, "s3cret", "an0ther", body, {"Content-Type": JSON, header: code, **more}, header)

    return sign


def _gitlab(body: bytes, now: float, url: str) -> Signed:
    headers = {"Content-Type": JSON, "X-Gitlab-Token": "s3cret-token"}
    return Signed("gitlab", "s3cret-token", "an0ther", body, headers, "X-Gitlab-Token")


def _stripe(body: bytes, now: float, url: str) -> Signed:
    code = WebhookSignature._compute_signature(f"{now:.0f}.{body.decode()}", "whsec_s3cret")
    headers = {"Content-Type": JSON, "Stripe-Signature": f"t={now:.0f},v1={'0' * 64},v1={code},v0=abc"}
    return Signed("stripe", "whsec_s3cret", "whsec_other", body, headers, "Stripe-Signature")


def _slack(body: bytes, now: float, url: str) -> Signed:
    at = f"{now:.0f}"
    code = SignatureVerifier("s3cret").generate_signature(timestamp=at, body=body) or ""
    headers = {"Content-Type": JSON, "X-Slack-Request-Timestamp": at, "X-Slack-Signature": code}
    return Signed("slack", "s3cret", "an0ther", body, headers, "X-Slack-Signature")


def _zoom(body: bytes, now: float, url: str) -> Signed:
    code = _hmac("s3cret", b"v0:%.0f:%s" % (now, body)).hexdigest()
    headers = {"Content-Type": JSON, "X-Zm-Request-Timestamp": f"{now:.0f}", "X-Zm-Signature": f"v0={code}"}
    return Signed("zoom", "s3cret", "an0ther", body, headers, "X-Zm-Signature")


def _shopify(body: bytes, now: float, url: str) -> Signed:
    code = base64.b64encode(_hmac("s3cret", body).digest()).decode()
    headers = {"Content-Type": JSON, "X-Shopify-Hmac-Sha256": code}
    return Signed("shopify", "s3cret", "an0ther", body, headers, "X-Shopify-Hmac-Sha256")


def _twilio(body: bytes, now: float, url: str) -> Signed:
    parameters = dict(parse_qsl(body.decode(), keep_blank_values=True))
    code = RequestValidator("s3cret").compute_signature(url, parameters)
    return Signed(
        "twilio", "s3cret", "an0ther", body, {"Content-Type": FORM, "X-Twilio-Signature": code}, "X-Twilio-Signature"
    )


def _linear(body: bytes, now: float, url: str) -> Signed:
    timed = json.dumps({**json.loads(body), "webhookTimestamp": round(now * 1000)}).encode()
    headers = {"Content-Type": JSON, "Linear-Signature": _hmac("s3cret", timed).hexdigest()}
    return Signed("linear", "s3cret", "an0ther", timed, headers, "Linear-Signature")


def _standard(preset: str, begin: str) -> Callable[[bytes, float, str], Signed]:
    def sign(body: bytes, now: float, url: str) -> Signed:
        secret, other = ("whsec_" + base64.b64encode(text * 4).decode() for text in (b"s3cret", b"other!"))
        code = Webhook(secret).sign("msg_1", datetime.fromtimestamp(int(now), UTC), body.decode())
        headers = {
            "Content-Type": JSON, f"{begin}-id": "msg_1", f"{begin}-timestamp": f"{int(now)}",
            f"{begin}-signature": f"v1,{'A' * 43}= {code} v2,xyz",
        }  # fmt: skip
        return Signed(preset, secret, other, body, headers, f"{begin}-signature")

    return sign


def _public(key: ec.EllipticCurvePrivateKey) -> str:
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(key.public_key().public_bytes(*form)).decode()


_SENDGRID, _SENDGRID_OTHER = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())


def _sendgrid(body: bytes, now: float, url: str) -> Signed:
    code = base64.b64encode(_SENDGRID.sign(b"%.0f%s" % (now, body), ec.ECDSA(hashes.SHA256()))).decode()
    begin = "X-Twilio-Email-Event-Webhook"
    headers = {"Content-Type": JSON, f"{begin}-Signature": code, f"{begin}-Timestamp": f"{now:.0f}"}
    return Signed("sendgrid", _public(_SENDGRID), _public(_SENDGRID_OTHER), body, headers, f"{begin}-Signature")


def _discord(body: bytes, now: float, url: str) -> Signed:
    key, other = (SigningKey(hashlib.sha256(text).digest()) for text in (b"ours", b"theirs"))
    code = key.sign(b"%.0f%s" % (now, body)).signature.hex()
    headers = {"Content-Type": JSON, "X-Signature-Timestamp": f"{now:.0f}", "X-Signature-Ed25519": code}
    keys = (one.verify_key.encode().hex() for one in (key, other))
    return Signed("discord", *keys, body, headers, "X-Signature-Ed25519")


def _token(body: bytes, now: float, url: str) -> Signed:
    return Signed("token", "s3cret-token", "an0ther", body, {"X-Webhook-Token": "s3cret-token"}, "X-Webhook-Token")


def _basic(body: bytes, now: float, url: str) -> Signed:
    code = base64.b64encode(b"ana:s3cret").decode()
    return Signed("basic", "ana:s3cret", "ana:other", body, {"Authorization": f"Basic {code}"}, "Authorization")


SENDERS: dict[str, Callable[[bytes, float, str], Signed]] = {
    "github": _hub("github", "X-Hub-Signature-256", {"X-GitHub-Event": "push"}),
    "gitlab": _gitlab,
    "bitbucket": _hub("bitbucket", "X-Hub-Signature", {"X-Event-Key": "repo:push"}),
    "jira": _hub("jira", "X-Hub-Signature", {}),
    "stripe": _stripe,
    "slack": _slack,
    "zoom": _zoom,
    "shopify": _shopify,
    "twilio": _twilio,
    "linear": _linear,
    "standard-webhooks": _standard("standard-webhooks", "webhook"),
    "svix": _standard("svix", "svix"),
    "sendgrid": _sendgrid,
    "discord": _discord,
    "token": _token,
    "basic": _basic,
}
"""By preset: signs a body (JSON, of Twilio a form) at a time (epoch seconds) for an address."""


def sample_body(preset: str) -> bytes:
    """Return a body that the sender of ``preset`` may send."""
    return b"From=%2B491701&Body=Hi+there&Empty=" if preset == "twilio" else b'{"id": 7, "text": "caf\xc3\xa9"}'

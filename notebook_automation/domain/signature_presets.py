"""Who signs deliveries, and how: as the documentation of each sender has it. Also reads what triggers say of it."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from .errors import Invalid
from .projects import validate_name
from .signatures import Preset, Scheme, Signature, with_overrides, wrong

_STANDARD = Scheme(
    header="webhook-signature", prefix="v1,", separator=" ", encoding="base64", signed="{id}.{timestamp}.{body}",
    id="webhook-id", timestamp="webhook-timestamp", key="base64", key_prefix="whsec_",
)  # fmt: skip

NO_SIGNATURE = "none"
"""Stands for a preset where a webhook is to take again what anybody sends."""

PRESETS: Mapping[str, Preset] = {
    "github": Preset("GitHub", Scheme(header="X-Hub-Signature-256", prefix="sha256=")),
    "gitlab": Preset("GitLab", Scheme(kind="token", header="X-Gitlab-Token")),
    "bitbucket": Preset("Bitbucket", Scheme(header="X-Hub-Signature", prefix="sha256=")),
    "jira": Preset("Jira", Scheme(header="X-Hub-Signature", prefix="sha256=")),
    "stripe": Preset(
        "Stripe",
        Scheme(
            header="Stripe-Signature", prefix="v1=", separator=",", timestamp="signature:t",
            signed="{timestamp}.{body}",
        ),
    ),
    "slack": Preset(
        "Slack",
        Scheme(
            header="X-Slack-Signature", prefix="v0=", timestamp="X-Slack-Request-Timestamp",
            signed="v0:{timestamp}:{body}", challenge="slack",
        ),
    ),
    "zoom": Preset(
        "Zoom",
        Scheme(
            header="X-Zm-Signature", prefix="v0=", timestamp="X-Zm-Request-Timestamp",
            signed="v0:{timestamp}:{body}", challenge="zoom",
        ),
    ),
    "shopify": Preset("Shopify", Scheme(header="X-Shopify-Hmac-Sha256", encoding="base64")),
    "twilio": Preset(
        "Twilio", Scheme(header="X-Twilio-Signature", algorithm="sha1", encoding="base64", signed="{url}{form}")
    ),
    "linear": Preset(
        "Linear", Scheme(header="Linear-Signature", timestamp="json:webhookTimestamp", tolerance=60.0)
    ),
    "standard-webhooks": Preset("Standard Webhooks", _STANDARD),
    "svix": Preset(
        "Svix", replace(_STANDARD, header="svix-signature", id="svix-id", timestamp="svix-timestamp")
    ),
    "sendgrid": Preset(
        "SendGrid",
        Scheme(
            kind="public_key", algorithm="ecdsa-p256-sha256", key="base64", encoding="base64",
            header="X-Twilio-Email-Event-Webhook-Signature", timestamp="X-Twilio-Email-Event-Webhook-Timestamp",
            signed="{timestamp}{body}",
        ),
    ),
    "discord": Preset(
        "Discord",
        Scheme(
            kind="public_key", algorithm="ed25519", key="hex", header="X-Signature-Ed25519",
            timestamp="X-Signature-Timestamp", signed="{timestamp}{body}", challenge="discord",
        ),
    ),
    "hmac": Preset("HMAC", Scheme()),
    "token": Preset("a token", Scheme(kind="token", header="X-Webhook-Token")),
    "basic": Preset("user and password", Scheme(kind="basic", header="Authorization")),
}  # fmt: skip
"""By name. `hmac` is the bare scheme: at least its header has to be said."""


def parse_signature(given: Mapping[str, Any]) -> Signature:
    """Return the signature that ``given`` describes: preset, secret, and fields in place of those of the preset.

    Raises Invalid (``signature_invalid``) with the field ``signature.<name>``.
    """
    values = {str(name): value for name, value in given.items() if value is not None}
    name, secret, old = (values.pop(key, None) for key in ("preset", "secret", "old_secret"))
    preset = PRESETS.get(name) if isinstance(name, str) else None
    if preset is None:
        close = difflib.get_close_matches(str(name), PRESETS, n=1)
        hint = f"did you mean {close[0]}?" if close else f"it is one of {', '.join(PRESETS)}."
        raise wrong(f"There is no preset {name!r:.60}: {hint}" if name else f"preset is missing: {hint}", "preset")
    if secret == old:
        old = None
    return Signature(
        preset=str(name),
        secret=_name_of_secret(secret, "secret"),
        old_secret=None if old is None else _name_of_secret(old, "old_secret"),
        title=preset.title,
        scheme=with_overrides(preset, values),
        given=values,
    )


def _name_of_secret(given: Any, field: str) -> str:
    if not isinstance(given, str) or not given:
        raise wrong(
            f"Say which secret of the project it is checked by: {field}: its name. A value is never written here.",
            field,
        )
    try:
        return validate_name(given, "name of a secret")
    except Invalid as error:
        raise wrong(error.message, field) from None

"""Deliveries to webhooks that take only what is signed: looked at by the secrets of their project."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection

from notebook_automation.adapters.public_keys import is_signature
from notebook_automation.domain.challenges import ChallengeAnswer, challenge_answer
from notebook_automation.domain.deliveries import Delivery
from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.signatures import Scheme
from notebook_automation.domain.triggers import Trigger
from notebook_automation.domain.verification import Refused, SignedRequest, Unverified, verify
from notebook_automation.store import projects

from .projects import Projects


@dataclass(frozen=True, slots=True)
class Genuine:
    """A delivery of who it says; its credential is hidden. ``digest`` is of what is signed with a time.

    ``answer`` is what a sender gets that only asks whether somebody is there.
    """

    delivery: Delivery
    digest: str | None = None
    answer: ChallengeAnswer | None = None


def live_secrets(tx: Connection, projects_service: Projects, trigger: Trigger) -> tuple[str, ...]:
    """Return the values by which deliveries to ``trigger`` are checked: those that are set, and can be read."""
    if trigger.signature is None:
        return ()
    found = []
    for name in trigger.signature.secrets:
        variable = projects.variable(tx, trigger.project_id, name)
        if variable is None:
            continue
        try:
            found.append(projects_service.opened(variable))
        except Unavailable:
            # Of another key: what cannot be checked is refused, and the trigger's page says why.
            continue
    return tuple(value for value in found if value.strip())


def genuine(
    trigger: Trigger, secrets: tuple[str, ...], delivery: Delivery, now: Callable[[], float] = time.time
) -> Genuine:
    """Return ``delivery`` if it is signed as ``trigger`` wants it by one of ``secrets``. Raises Unverified."""
    if trigger.signature is None:
        return Genuine(delivery)
    scheme = trigger.signature.scheme
    urls = [delivery.url] if delivery.public_url is None else [delivery.public_url, delivery.url]
    request = SignedRequest(method=delivery.method, urls=urls, headers=delivery.headers_by_name, body=delivery.body)
    verdict = verify(scheme, secrets, request, now(), is_signature)
    if isinstance(verdict, Refused):
        raise Unverified(verdict.reason)
    answer = challenge_answer(scheme, verdict.secret, delivery.body)
    return Genuine(without_credential(delivery, scheme), verdict.digest, answer)


def without_credential(delivery: Delivery, scheme: Scheme) -> Delivery:
    """Return ``delivery`` without what would let others send in its name."""
    return delivery.without(scheme.header) if scheme.kind in ("token", "basic") else delivery

"""A webhook that takes only what GitHub signs: by the form, and on the trigger's page."""

from __future__ import annotations

import hmac
import json
from pathlib import Path

import httpx
from eventually import wait_until
from playwright.sync_api import expect

from .screen import Screen


def send(url: str, key: str) -> int:
    body = json.dumps({"zen": "Keep it logically awesome."}).encode()
    signature = f"sha256={hmac.new(key.encode(), body, 'sha256').hexdigest()}"
    headers = {"Content-Type": "application/json", "X-Hub-Signature-256": signature}
    return httpx.post(url, content=body, headers=headers, trust_env=False).status_code


def test_a_webhook_says_who_signs_and_shows_what_it_refused(screen: Screen, shots: Path) -> None:
    path = screen.lab.notebook("signed/pulls.ipynb", "print('taken')")
    form = screen.panel("automate", path=path)
    form.get_by_text("On a webhook").click()
    expect(form.get_by_label("Secret that it is checked by")).to_have_count(0)
    form.get_by_label("Takes what is sent by").select_option(label="GitHub")
    secret = form.get_by_label("Secret that it is checked by")
    expect(secret).to_have_attribute("aria-invalid", "true")
    secret.fill("GITHUB_HOOK")
    expect(form.get_by_text("It takes no delivery: the secret 'GITHUB_HOOK'")).to_be_visible()
    form.get_by_label("Value of the secret").fill("s3cret")
    expect(form.get_by_text("It takes no delivery")).to_be_hidden()
    for theme in ("light", "dark"):
        screen.set_theme(theme)
        screen.page.screenshot(path=str(shots / f"{theme}-signature-form.png"))
    form.get_by_role("button", name="Create").click()
    expect(form.get_by_role("region", name="Saved trigger")).to_be_visible()

    stored = screen.lab.ask("GET", "triggers/signed/pulls")
    assert (stored["signature"]["secret"], stored["signature"]["secrets_live"]) == ("GITHUB_HOOK", 1)
    [variable] = screen.lab.ask("GET", "projects/signed/variables")["items"]
    assert (variable["name"], variable["secret"], variable["value"]) == ("GITHUB_HOOK", True, None)
    screen.lab.ask("PUT", "projects/signed/variables/GITHUB_OLD", {"value": "older", "secret": True})
    wait_until(lambda: send(stored["url"], "s3cret") == 202)

    screen.run("application:close-all")
    screen.panel("triggers").get_by_role("button", name="Edit pulls").click()
    form = screen.front()
    form.get_by_label("Older secret that is good as well").fill("GITHUB_OLD")
    expect(form.get_by_role("button", name="Save")).to_be_enabled()
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_role("region", name="Saved trigger")).to_be_visible()
    wait_until(lambda: send(stored["url"], "older") == 202)
    assert send(stored["url"], "stolen") == 401
    trigger = f"triggers/{stored['id']}"
    wait_until(lambda: [one["code"] for one in screen.lab.ask("GET", trigger)["refusals"]][:1] == ["signature_wrong"])

    screen.run("application:close-all")
    triggers = screen.panel("triggers", id=stored["id"])
    expect(triggers.get_by_text("GitHub (two secrets live)")).to_be_visible()
    refused = triggers.get_by_role("list", name="Refused lately").get_by_role("listitem")
    expect(refused.filter(has_text="401: Its signature does not fit")).not_to_have_count(0)
    for theme in ("light", "dark"):
        screen.set_theme(theme)
        screen.page.screenshot(path=str(shots / f"{theme}-signature-trigger.png"))

"""Backfills over REST: the ticks of a schedule, what a backfill would do, one begun, looked at and cancelled."""

from __future__ import annotations

from typing import Any

from serving import Server


def scheduled(server: Server, name: str, **fields: Any) -> dict[str, Any]:
    return server.trigger(name=name, type="schedule", schedule={"cron": "0 6 * * *", "timezone": "UTC"}, **fields)


def test_ticks_a_plan_a_backfill_and_its_end(server: Server) -> None:
    trigger = scheduled(server, "filled")
    path = f"triggers/{trigger['id']}"
    ticks = server.api.get(f"{path}/ticks", params={"since": "2026-01-05", "until": "2026-01-07"}).json()
    assert ticks["timezone"] == "UTC"
    assert [(one["at"], one["state"], one["session_id"]) for one in ticks["items"]] == [
        (f"2026-01-0{day}T06:00:00Z", "missing", None) for day in (5, 6, 7)
    ]
    wish = {"since": "2026-01-05", "until": "2026-01-07", "order": "newest", "at_once": 2}
    plan = server.api.post("triggers/sales/filled/backfills/preview", json=wish).json()
    assert (plan["total"], plan["states"], plan["trigger"]) == (3, {"missing": 3}, "sales/filled")
    assert [one["at"][8:10] for one in plan["ticks"]] == ["07", "06", "05"]
    assert plan["asked"]["until"] == "2026-01-07T23:59:59Z"
    assert server.api.get(f"{path}/backfills").json()["items"] == []

    begun = server.api.post(f"{path}/backfills", json=wish)
    assert begun.status_code == 201, begun.text
    group = begun.json()
    assert (group["kind"], group["state"], group["total"], group["waiting"]) == ("backfill", "running", 3, 3)
    assert begun.headers["Location"].endswith(f"session-groups/{group['id']}")
    assert server.api.get("triggers/sales/filled/backfills").json()["items"] == [group]
    assert server.api.get("session-groups", params={"open": True, "trigger": "sales/filled"}).json()["items"] == [group]
    states = server.api.get(f"{path}/ticks", params={"since": "2026-01-05", "until": "2026-01-07"}).json()
    assert {one["state"] for one in states["items"]} == {"queued"}

    ended = server.api.post(f"session-groups/{group['id']}/cancel", json={"running": "stop"}).json()
    assert (ended["state"], ended["cancelled"], ended["over"], ended["sessions"]) == ("cancelled", 3, 3, {})
    members = server.api.get(f"session-groups/{group['id']}/members", params={"limit": 2}).json()
    assert [(one["name"], one["state"]) for one in members["items"]] == [
        ("2026-01-07T06:00:00Z", "cancelled"), ("2026-01-06T06:00:00Z", "cancelled"),
    ]  # fmt: skip
    rest = server.api.get(f"session-groups/{group['id']}/members", params={"after": members["next_cursor"]}).json()
    assert ([one["position"] for one in rest["items"]], rest["next_cursor"]) == ([2], None)
    assert server.api.get("sessions", params={"group": group["id"]}).json()["items"] == []


def test_what_cannot_be_filled_says_what_to_do(server: Server) -> None:
    trigger = scheduled(server, "refused")
    path = f"triggers/{trigger['id']}/backfills"
    manual = server.trigger(name="unscheduled", type="manual")

    def code(path: str, body: dict[str, Any]) -> tuple[int, str]:
        answer = server.api.post(path, json=body)
        return answer.status_code, answer.json()["code"]

    assert code(f"triggers/{manual['id']}/backfills", {"since": "1 day"}) == (409, "not_scheduled")
    assert code("triggers/trg_none/backfills", {"since": "1 day"}) == (404, "trigger_not_found")
    assert code(path, {"since": "soon"}) == (400, "backfill_invalid")
    assert code(path, {"since": "2026-01-05", "which": ["lost"]}) == (400, "backfill_invalid")
    assert code(path, {"since": "2026-01-05T07:00", "until": "2026-01-05T08:00"}) == (400, "group_empty")
    assert code(path, {"since": "1900-01-01"}) == (400, "group_too_large")
    assert code(path, {}) == (400, "request_invalid")
    server.api.patch(f"triggers/{trigger['id']}", json={"enabled": False})
    assert code(path, {"since": "2026-01-05"}) == (409, "trigger_disabled")

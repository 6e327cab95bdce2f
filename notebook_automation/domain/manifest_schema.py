"""What a manifest may say, as a JSON Schema: for editors, for the documentation, and for the reader of manifests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from .after import EndStatus
from .collecting import MOST_EVENTS
from .manifest_api_calls import API_CALL
from .notifications import REASONS
from .older_manifests import OLDER_OF_CONNECTIONS, OLDER_OF_TRIGGERS, OLDER_OF_VARIABLES, older_schema
from .policies import HIGHEST_PRIORITY, MOST, Cancelled, PolicyMethod
from .projects import MAX_DESCRIPTION
from .retries import LONGEST_DELAY, MOST_ATTEMPTS, RetriedStatus
from .schedules import CatchUpRule, IfOff
from .signature_presets import NO_SIGNATURE, PRESETS
from .signatures import OVERRIDABLE
from .triggers import RUNNABLE_TYPES
from .watched_files import FileChange

VERSIONS = ("v1", "v2")
SCHEMA_FILE = "automation.schema.json"
"""Where editors look for the schema: beside the manifest, under the name that ``SCHEMA_LINE`` gives."""
SCHEMA_LINE = f"# yaml-language-server: $schema={SCHEMA_FILE}\n"
_Schema = dict[str, Any]


def manifest_schema() -> _Schema:
    """Return the JSON Schema (draft 7) of ``automation.yaml``."""
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "automation.yaml",
        "description": "A project's triggers, variables and connections.",
        "type": "object",
        "required": ["project"],
        "properties": {
            "version": {
                "enum": [*VERSIONS, "1", "2", 1, 2, None],
                "description": "v1 or v2, which mean the same here.",
            },
            "project": _object(PROJECT, required=()),
        },
    }


def _text(description: str, **more: Any) -> _Schema:
    return {"type": ["string", "null"], "description": description, **more}


def _flag(description: str) -> _Schema:
    return {"type": ["boolean", "null"], "description": description}


def _object(properties: Mapping[str, _Schema], required: tuple[str, ...] = ("name",)) -> _Schema:
    return {"type": "object", "properties": dict(properties), "required": [*required], "additionalProperties": False}


def _list(items: _Schema, description: str) -> _Schema:
    return {"type": ["array", "null"], "items": items, "description": description}


_NAME: _Schema = {
    "type": ["string", "number"],
    "pattern": "^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$",
    "description": "Letters, digits, '.', '_' and '-', at most 100.",
}
_DESCRIPTION = _text("For readers; not kept.")
_SECONDS: _Schema = {"type": ["number", "string", "null"]}
_DELAY: _Schema = {**_SECONDS, "minimum": 1, "maximum": LONGEST_DELAY}

RETRY: Mapping[str, _Schema] = {
    "max_attempts": {
        "type": ["integer", "null"], "minimum": 1, "maximum": MOST_ATTEMPTS,
        "description": "How often it is tried, the first time included; 3 if missing.",
    },
    "base_delay": {**_DELAY, "description": "Seconds, or a text such as 5 min, before the second try; 60 if missing."},
    "factor": {
        "type": ["number", "null"], "minimum": 1, "maximum": 10,
        "description": "How many times as long each later wait is; 2 if missing.",
    },
    "max_delay": {**_DELAY, "description": "The longest wait: seconds, or a text; one hour if missing."},
    "jitter": {
        "type": ["number", "null"], "minimum": 0, "maximum": 1,
        "description": "The share of a wait by which it may be longer; 0.1 if missing.",
    },
    "on": {
        "type": ["array", "null"], "minItems": 1, "items": {"enum": [*get_args(RetriedStatus)]},
        "description": "Which ends are tried again; both if missing.",
    },
    "if_lost": _flag("Also what was lost while it ran: only where repeating it is safe."),
}  # fmt: skip
"""What a trigger's retry may have, by name."""

POLICY: Mapping[str, _Schema] = {
    "threshold": {"type": "integer", "minimum": 1, "maximum": MOST, "description": "How many sessions at most."},
    "period": {
        **_SECONDS, "description": "They begin within such a time: seconds, or a text such as 1h. At once if missing.",
    },
    "parameters": {
        "type": ["array", "null"], "items": {"type": "string"},
        "description": "Parameters: as many for each combination of their values.",
    },
    "method": _text("What becomes of the others.", enum=[*get_args(PolicyMethod), None]),
    "cancels": _text("With cancel: the new session, or the oldest that is running.", enum=[*get_args(Cancelled), None]),
}  # fmt: skip
"""What a trigger's policy may have, by name."""

SIGNATURE: Mapping[str, _Schema] = {
    "preset": {
        "enum": [*PRESETS, NO_SIGNATURE],
        "description": "Who signs: github, stripe, …; hmac for a scheme of one's own; none takes it off.",
    },
    "secret": {**_NAME, "description": "The name of the secret (of vars) that it is checked by; never its value."},
    "old_secret": {
        **_NAME, "type": ["string", "null"], "description": "Another that is good as well, while it is changed.",
    },
    **{name: {"type": ["string", "null"], "description": "In place of what the preset says."} for name in OVERRIDABLE},
    "tolerance": {**_SECONDS, "description": "How old a signature may be: seconds, or a text such as 5 min."},
}  # fmt: skip
"""What a trigger's signature may have, by name."""

COLLECT: Mapping[str, _Schema] = {
    "debounce": {**_SECONDS, "description": "Until no event has come for so long: seconds, or a text such as 10s."},
    "batch": {**_SECONDS, "description": "For so long from the first event on: seconds, or a text such as 30s."},
    "key": _text("A CEL expression: events with different values are collected apart."),
    "at_most": {**_SECONDS, "description": "With debounce: at the latest so long after the first event; 10 times it."},
    "max_events": {
        "type": ["integer", "null"], "minimum": 1, "maximum": MOST_EVENTS,
        "description": "With so many the session starts at once; 1000 if missing.",
    },
}  # fmt: skip
"""How events are collected for one session."""
_COLLECT: _Schema = {
    **_object(COLLECT, required=()),
    "type": ["object", "null"],
    "description": "Events that come close together are handled by one session: debounce or batch.",
}

RULE: Mapping[str, _Schema] = {
    "name": _NAME,
    "call": {
        "type": "string",
        "description": "What is run: refunds.ipynb, refunds.ipynb:handler or program.py:function.",
    },
    "condition": {"enum": ["all", "any", None], "description": "Whether all conditions have to be true, or one; all."},
    "conditions": _list({"type": "string"}, "CEL expressions over data and event_type; none: every event."),
    "enabled": _flag("false: it stays and runs nothing."),
    "transform": _text("A CEL expression whose value takes the place of data for the mapping."),
    "parameters": {"type": ["object", "null"], "description": "Values by name, for the notebook's parameters."},
    "mapping": {
        "type": ["object", "null"],
        "additionalProperties": {"type": "string"},
        "description": "CEL expressions by name: parameters made from the event.",
    },
    "collect": _COLLECT,
}
"""What a rule of a trigger may have, by name."""
AFTER: Mapping[str, _Schema] = {
    "of": {
        "type": ["string", "array"], "items": {"type": "string"},
        "description": "Triggers by name, notebooks and programs by path.",
    },
    "statuses": {
        "type": ["string", "array", "null"], "items": {"enum": [*get_args(EndStatus)]},
        "description": "Ends that count; completed if missing.",
    },
    "status": {"type": ["string", "null"], "description": "One of them alone."},
    "within": {**_SECONDS, "description": "Only once all of them have ended so: seconds, or a text such as 2h."},
}  # fmt: skip
"""What a session trigger's after may have, by name."""

_TEXTS: _Schema = {"type": ["array", "string"], "items": {"type": "string"}}
_NOTIFY: _Schema = {
    "type": ["string", "object"],
    "description": "failed,late:email:ana@example.org; or a mapping of on, to and if.",
    "properties": {
        "on": {**_TEXTS, "description": f"Of {', '.join(REASONS)}."},
        "to": {**_TEXTS, "description": "panel, email:ana, slack:SLACK_URL (the name of a secret), teams:…, webhook:…"},
        "report": {
            **_TEXTS,
            "description": "What an e-mail carries: email (the notebook as text), html, pdf (files).",
        },
        "if": _text("A CEL expression over session, result, artifacts and previous that has to be true."),
    },
    "required": ["on", "to"],
    "additionalProperties": False,
}

TRIGGER: Mapping[str, _Schema] = {
    "name": _NAME,
    "title": _text("How people call it, where that is not its name."),
    "description": _DESCRIPTION,
    "type": {
        "enum": [*RUNNABLE_TYPES, None],
        "description": "Taken from schedule, after, artifact, files, connection or webhook if missing.",
    },
    "call": _text("What is run: report.ipynb, report.ipynb:handler or program.py:function."),
    "event_type": _text("Only events of this type: post for a webhook, the name of an emitted event."),
    "filter": _text("A CEL expression over data and event_type that has to be true."),
    "schedule": {
        "type": ["string", "object", "null"],
        "description": "Cron (0 6 * * MON), @daily, @every 1h, a date; or a mapping of cron, every or at with options.",
    },
    "after": {
        "type": ["string", "array", "object", "null"],
        "items": {"type": "string"},
        "properties": AFTER,
        "additionalProperties": False,
        "description": "Triggers by name or notebooks by path whose sessions it follows; or a mapping with options.",
    },
    "artifact": {
        "type": ["string", "object", "null"],
        "properties": {
            "ref": {"type": "string", "description": "Who makes it and its name: load/table.csv, */table.csv."},
            "changed": _flag("Only versions with another content than the one before."),
        },
        "additionalProperties": False,
        "description": "An artifact whose new versions it waits for, or a mapping of ref and changed.",
    },
    "files": {
        "type": ["string", "array", "object", "null"],
        "items": {"type": "string"},
        "properties": {
            "paths": {"type": ["string", "array"], "items": {"type": "string"}, "description": "data/*.csv, **/*.csv."},
            "on": {
                "type": ["string", "array", "null"],
                "items": {"enum": [*get_args(FileChange)]},
                "description": "What may become of them; created and changed if missing.",
            },
            "debounce": {**_SECONDS, "description": "How long a file has to be quiet: seconds, or a text; 1 s."},
        },
        "additionalProperties": False,
        "description": "Files of the project that it watches, by patterns; or a mapping with options.",
    },
    "timezone": _text("The schedule's time zone, such as Europe/Berlin; UTC if missing."),
    "jitter": {**_SECONDS, "description": "Seconds by which a tick may come later."},
    "catch_up": _text("What becomes of missed ticks.", enum=[*get_args(CatchUpRule), None]),
    "calendar": {
        "type": ["object", "null"],
        "properties": {
            "holidays": _text("Of a country or a part of it: DE, DE-BE."),
            "working_days": {
                "type": ["string", "array", "null"],
                "items": {"type": "string"},
                "description": "MON-FRI; all if missing.",
            },
            "dates": {"type": ["array", "null"], "description": "Days off of one's own: 2026-12-24."},
            "ics": _text("A calendar file of the project, by its path: its all-day events are days off."),
            "if_off": _text("What becomes of a tick on a day off.", enum=[*get_args(IfOff), None]),
        },
        "additionalProperties": False,
        "description": "Days off of a schedule: nothing runs then, or on the next working day.",
    },
    "webhook": {"description": "webhook: {} makes a webhook, as type: webhook does."},
    "connection": _text("The name of one of the connections below project."),
    "parameters": {"type": ["object", "null"], "description": "Values by name, for the notebook's parameters."},
    "mapping": {
        "type": ["object", "null"],
        "additionalProperties": {"type": "string"},
        "description": "CEL expressions by name: parameters made from the event.",
    },
    "enabled": _flag("false: it stays and does not fire."),
    "is_sync": _flag("The sender of a webhook waits for the handler's answer."),
    "is_durable": _flag("It goes on from its last finished cell after a crash, and waits without a process."),
    "api_call": {
        **_object(API_CALL, required=("url",)),
        "type": ["object", "null"],
        "description": "An HTTP API that is called instead of running a file.",
    },
    "retry": {
        **_object(RETRY, required=()),
        "type": ["object", "null"],
        "description": "What failed or took too long is tried again.",
    },
    "policy": {
        **_object(POLICY, required=("threshold",)),
        "type": ["object", "string", "integer", "null"],
        "description": "How many of its sessions may run: 3, 100/hour, 1 by region, else cancel; or a mapping.",
    },
    "priority": {
        "type": ["integer", "null"],
        "minimum": 0,
        "maximum": HIGHEST_PRIORITY,
        "description": "Each step lets its sessions overtake those that came up to a minute earlier; 0 if missing.",
    },
    "rules": _list(
        _object(RULE, required=("name", "call")), "What is run besides; left out, they stay, and [] takes all off."
    ),
    "collect": _COLLECT,
    "freshness": {
        **_object(
            {
                "within": {
                    "type": ["number", "string", "null"],
                    "description": "Stale so long after its last completed session: seconds, or a text such as 26h.",
                },
                "slower_than": {
                    "type": ["number", "string", "null"],
                    "description": "A session is late that runs so many times as long as the last ones: 3, or 3x.",
                },
            }
        ),
        "type": ["object", "null"],
        "description": "How old its last success may become, and how slow a session may be.",
    },
    "warm": _flag("A handler's set-up is run ahead of its sessions."),
    "report": _text("A report of each run: html, pdf or html,pdf; with ,no-code without code."),
    "keep": _text("How long artifacts are kept: 30 days, 5 versions, forever."),
    "time_limit": {"type": ["number", "null"], "description": "Seconds that a run may take."},
    "kernel_name": _text("Another kernelspec than the notebook's."),
    "env": {
        "type": ["object", "null"],
        "additionalProperties": {
            "anyOf": [
                {"type": ["string", "number", "boolean"]},
                {**_object({"variable": _text("Its name.")}, required=("variable",)), "description": "Of the project."},
            ]
        },
        "description": "Environment variables of the kernel: texts, or {variable: NAME} of one of the project's.",
    },
    "memory": {
        "type": ["integer", "string", "null"],
        "description": "What its kernel and what that starts may hold together: 2GiB.",
    },
    "tags": {"type": "array", "items": {"type": "string"}, "description": "Words to find it and its runs by."},
    "skip_tags": {"type": "array", "items": {"type": "string"}, "description": "Cells with such a tag are not run."},
    "max_body": {"type": ["integer", "string", "null"], "description": "The largest body of a webhook: 25MB."},
    "sync_time": {
        "type": ["number", "null"],
        "description": "Seconds that the sender waits for the answer of is_sync.",
    },
    "notify": _list(_NOTIFY, "Who hears of what; left out, what notify of the project says; [] for nobody."),
    "signature": {
        **_object(SIGNATURE, required=("preset",)),
        "type": ["object", "null"],
        "description": "A webhook takes only what is signed so; left out, it stays as it was.",
    },
}
"""What a trigger may have, by name."""

VARIABLE: Mapping[str, _Schema] = {
    "name": _NAME,
    "description": _text("What it is for, shown beside it.", maxLength=MAX_DESCRIPTION),
    "value": {"type": ["string", "number", "boolean", "null"], "description": "Missing: the stored one stays."},
    "secret": _flag("Encrypted, and masked in all that sessions produce."),
    "optional": _flag("No run needs it: nobody is told when it has no value."),
}
CONNECTION: Mapping[str, _Schema] = {
    "name": _NAME,
    "description": _DESCRIPTION,
    "integration": {"type": "string", "minLength": 1, "description": "The outside system, such as slack."},
    "vars": _list(_object(VARIABLE), "Accepted, and without effect: set variables of the project."),
}
PROJECT_POLICY: Mapping[str, _Schema] = {
    "name": _NAME,
    "call": _text("The file whose sessions are counted, or a handler of it; all of the project if missing."),
    "policy": TRIGGER["policy"],
}
PROJECT: Mapping[str, _Schema] = {
    "name": {**_NAME, "type": ["string", "number", "null"]},
    "display_name": _DESCRIPTION,
    "description": _DESCRIPTION,
    "notify": _list(_NOTIFY, "Who hears of what, for triggers that do not say it themselves."),
    "connections": _list(
        _object({**CONNECTION, **older_schema(OLDER_OF_CONNECTIONS)}, ("name", "integration")),
        "Named uses of outside systems.",
    ),
    "vars": _list(
        _object({**VARIABLE, **older_schema(OLDER_OF_VARIABLES)}), "Keys and values that runs read with na.var."
    ),
    "policies": _list(
        _object(PROJECT_POLICY, ("name", "policy")), "How many sessions may run: of a file, or of the whole project."
    ),
    "triggers": _list(
        _object({**TRIGGER, **older_schema(OLDER_OF_TRIGGERS)}), "What can happen, and what is called then."
    ),
}

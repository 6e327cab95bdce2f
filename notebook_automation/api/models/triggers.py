"""Triggers, as the API shows and takes them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from notebook_automation.domain.policies import Cancelled, PolicyMethod
from notebook_automation.domain.retries import RetriedStatus
from notebook_automation.domain.sessions import Status
from notebook_automation.domain.signature_presets import NO_SIGNATURE, PRESETS
from notebook_automation.domain.signatures import Algorithm, Encoding, KeyForm
from notebook_automation.domain.triggers import TriggerType

from .api_calls import ApiCall, ApiCallBody
from .environments import Environment, Memory
from .events import Refusal
from .freshness import Freshness, FreshnessBody
from .notifications import NotifyRule, NotifyRules
from .paging import SORT, Order, Page, Paging
from .projects import Parameter
from .rules import Collecting, CollectingBody, NamedRuleBody, Rule
from .sessions import Priority, Report, Seconds, SessionSummary
from .trigger_sources import (
    After,
    AfterBody,
    Schedule,
    ScheduleBody,
    WatchedArtifact,
    WatchedArtifactBody,
    WatchedFiles,
    WatchedFilesBody,
)

Size = Annotated[int | str, Meta(description="Bytes, or a text such as `25MB`.")]
PresetName = Annotated[str, Meta(description="Who signs.", extra_json_schema={"enum": [*PRESETS]})]


class RetryPolicy(Struct, kw_only=True):
    """How what failed is tried again; delays are seconds, `max_attempts` counts the first try too."""

    max_attempts: int
    base_delay: float
    factor: float
    max_delay: float
    jitter: float
    on: list[RetriedStatus]
    if_lost: bool


class Policy(Struct, kw_only=True):
    """How many sessions may run at once, or begin within `period` seconds.

    `text` says it in words, `written` as it may be given.

    `parameters` are those by whose values they are counted. What goes beyond waits (`enqueue`), or is cancelled: the
    `new` session, or the oldest that is `running`.
    """

    threshold: int
    period: float | None
    parameters: list[str]
    method: PolicyMethod
    cancels: Cancelled
    text: str
    written: str


class Queue(Struct, kw_only=True):
    """How many sessions a policy counts now, in all its groups together, and how many wait for their turn."""

    taken: int
    waiting: int


class PolicyBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """How many sessions may run; what is not named gets its default: at once, in one group, the others wait.

    What a trigger is shown with may be sent again: `text` and `written` are not read.
    """

    threshold: Annotated[int, Meta(ge=1, le=10_000)]
    period: Annotated[float | str, Meta(description="Seconds, or a text such as `1h`.")] | None = None
    parameters: list[str] = []
    method: PolicyMethod = "enqueue"
    cancels: Cancelled = "new"
    text: str | None = None
    written: str | None = None


class RetryPolicyBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """How to try again; what is not named gets its default: 3 tries, 60 s, factor 2, at most 1 h, jitter 0.1."""

    max_attempts: Annotated[int, Meta(description="The first try included.")] | None = None
    base_delay: Annotated[float | str, Meta(description="Seconds, or a text such as `5 min`.")] | None = None
    factor: Annotated[float, Meta(description="How many times as long each later wait is.")] | None = None
    max_delay: Annotated[float | str, Meta(description="The longest wait.")] | None = None
    jitter: Annotated[float, Meta(description="The share of a wait by which it may be longer.")] | None = None
    on: list[RetriedStatus] | None = None
    if_lost: Annotated[bool, Meta(description="Also what was lost: only where repeating is safe.")] | None = None


class SignatureFields(Struct, kw_only=True):
    """What goes in place of what a preset says; see docs/webhooks.md."""

    algorithm: Algorithm | UnsetType = UNSET
    header: str | UnsetType = UNSET
    prefix: str | UnsetType = UNSET
    encoding: Encoding | UnsetType = UNSET
    signed: Annotated[str, Meta(description="A template such as `{timestamp}.{body}`.")] | UnsetType = UNSET
    separator: str | UnsetType = UNSET
    timestamp: str | UnsetType = UNSET
    tolerance: Annotated[float | str, Meta(description="Seconds, or a text such as `5 min`.")] | UnsetType = UNSET
    id: str | UnsetType = UNSET
    key: KeyForm | UnsetType = UNSET
    key_prefix: str | UnsetType = UNSET


class Signature(SignatureFields, kw_only=True):
    """What deliveries have to carry: `preset` names the scheme, `secret` the variable that it is checked by.

    `secrets_live` says how many secrets have a value: without any, nothing is taken. `title` is for people.
    """

    preset: PresetName
    title: str
    secret: str
    old_secret: str | None
    secrets_live: int


class SignatureBody(SignatureFields, kw_only=True, forbid_unknown_fields=True):
    """A preset, and the name of the secret by which it is checked; `old_secret` is good as well for a while."""

    preset: Annotated[
        str,
        Meta(
            description="Who signs; `hmac`: say at least `header`; `none`: anybody may send.",
            extra_json_schema={"enum": [*PRESETS, NO_SIGNATURE]},
        ),
    ]
    secret: Annotated[str, Meta(description="The name of a secret of the project.")] = ""
    old_secret: str | None = None
    title: Annotated[str, Meta(description="Ignored: so that what was read can be sent back.")] | UnsetType = UNSET
    secrets_live: Annotated[int, Meta(description="Ignored, too.")] | UnsetType = UNSET


class Notice(Struct, kw_only=True):
    """Something that stops no registration, but may stop a run."""

    code: str
    message: str


class Problem(Notice, kw_only=True):
    """Why it could not run if all stayed as it is now; `suggestion` is a `call` that it could have instead."""

    suggestion: str | None


class Recent(Struct, kw_only=True):
    """A session among a trigger's last ten."""

    id: str
    status: Status


class LastRefusal(Refusal, kw_only=True):
    """A delivery to a webhook that was not taken."""

    event_id: str
    at: str


class Trigger(Struct, kw_only=True):
    """What can happen and what it calls. `notebook` is the called notebook's path under the Jupyter root.

    `problems` say why it cannot run, before it fires; `warnings` are these and all else that is worth a look.
    `next_fires` (five), `refusals` (ten, newest first) and `warnings` are there when one trigger is asked for; `recent`
    is newest first.
    """

    id: str
    ref: str
    project_id: str
    project: str
    name: str
    title: str | None
    type: TriggerType
    enabled: bool
    call: str | None
    api_call: ApiCall | None
    notebook: str | None
    event_type: str | None
    filter: str | None
    schedule: Schedule | None
    after: After | None
    artifact: WatchedArtifact | None
    files: WatchedFiles | None
    connection: str | None
    parameters: dict[str, Any]
    mapping: dict[str, str]
    report: str | None
    keep: str | None
    tags: list[str]
    skip_tags: list[str]
    kernel_name: str | None
    env: Environment
    memory: int | None
    is_sync: bool
    is_durable: bool
    retry: RetryPolicy | None
    policy: Policy | None
    priority: int
    queue: Queue | None
    warm: bool
    time_limit: float | None
    max_body: int | None
    sync_time: float | None
    signature: Signature | None
    rules: list[Rule]
    collect: Collecting | None
    freshness: Freshness | None
    notify: list[NotifyRule] | None
    url: str | None
    curl: str | None
    next_fire: str | None
    next_fires: list[str]
    last_session: SessionSummary | None
    recent: list[Recent]
    success_count: int
    failure_count: int
    problems: list[Problem]
    warnings: list[Notice]
    last_refusal: LastRefusal | None
    refusals: list[LastRefusal]
    created_at: str
    updated_at: str
    parameter_fields: list[Parameter] | UnsetType = UNSET


class TriggerPage(Page[Trigger]):
    """A page of triggers."""


class TriggerQuery(Paging, kw_only=True, forbid_unknown_fields=True):
    """Which triggers; `q` is looked for in names and calls."""

    project: str | None = None
    type: TriggerType | None = None
    enabled: bool | None = None
    q: Annotated[str, Meta(max_length=200)] | None = None
    tag: Annotated[str, Meta(max_length=50)] | None = None
    sort: Annotated[Literal["created", "name", "project", "type", "next_fire"], SORT] = "created"
    order: Order = "desc"


class PutQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """What may be put over."""

    replace: Annotated[
        bool, Meta(description="`false`: refuse (409) to replace a trigger that runs another file that is there.")
    ] = True


class TriggerBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """The fields to set, and where the trigger lives.

    `project` is a name or id; `notebook` a path under the Jupyter root, whose folder (or the nearest above it with an
    automation.yaml) is the project, and which is called unless `call` says otherwise; `handler` is the name of one of
    its `%%trigger` cells.
    """

    name: str | UnsetType = UNSET
    title: Annotated[str, Meta(max_length=200)] | UnsetType | None = UNSET
    type: TriggerType | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET
    call: str | UnsetType | None = UNSET
    api_call: ApiCallBody | UnsetType | None = UNSET
    event_type: str | UnsetType | None = UNSET
    filter: str | UnsetType | None = UNSET
    schedule: ScheduleBody | str | UnsetType | None = UNSET
    after: AfterBody | UnsetType | None = UNSET
    artifact: WatchedArtifactBody | UnsetType | None = UNSET
    files: WatchedFilesBody | UnsetType | None = UNSET
    connection: str | UnsetType | None = UNSET
    parameters: dict[str, Any] | UnsetType = UNSET
    mapping: dict[str, str] | UnsetType = UNSET
    report: Report | UnsetType | None = UNSET
    keep: str | UnsetType | None = UNSET
    tags: list[str] | UnsetType = UNSET
    skip_tags: list[str] | UnsetType = UNSET
    kernel_name: str | UnsetType | None = UNSET
    env: Environment | UnsetType = UNSET
    memory: Memory | UnsetType | None = UNSET
    is_sync: bool | UnsetType = UNSET
    is_durable: bool | UnsetType = UNSET
    retry: RetryPolicyBody | UnsetType | None = UNSET
    policy: PolicyBody | Annotated[str, Meta(max_length=1000)] | UnsetType | None = UNSET
    priority: Priority | UnsetType = UNSET
    warm: bool | UnsetType = UNSET
    time_limit: Seconds | UnsetType | None = UNSET
    max_body: Size | UnsetType | None = UNSET
    sync_time: Seconds | UnsetType | None = UNSET
    signature: SignatureBody | UnsetType | None = UNSET
    rules: list[NamedRuleBody] | UnsetType = UNSET
    collect: CollectingBody | UnsetType | None = UNSET
    freshness: FreshnessBody | UnsetType | None = UNSET
    notify: NotifyRules | UnsetType | None = UNSET
    project: str | UnsetType = UNSET
    notebook: str | UnsetType = UNSET
    handler: str | UnsetType | None = UNSET


class FireBody(Struct, kw_only=True, forbid_unknown_fields=True):
    """What a run by hand is given: the event's `data` and type, parameters over all others.

    `rule` is the name of a rule to run instead of the trigger's own call, `priority` takes the place of the trigger's.
    """

    data: Any = None
    event_type: str | None = None
    parameters: dict[str, Any] = {}
    rule: str | None = None
    priority: Priority | None = None

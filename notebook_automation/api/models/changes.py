"""What the stream of changes sends, made from the types by which nouns say what their changes carry."""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal, get_type_hints

import msgspec
from msgspec import Meta, Struct, defstruct

from notebook_automation.domain.changes import Change, ChangeType, change_type, declared_changes
from notebook_automation.domain.times import rfc3339


class StreamQuery(Struct, kw_only=True, forbid_unknown_fields=True):
    """`after`: the number of the last change that was seen; what came since is sent first."""

    after: Annotated[int, Meta(ge=0)] | None = None


class Hello(Struct, kw_only=True, tag="hello", tag_field="type"):
    """The first message: `seq` is the number of the newest change."""

    seq: int


class Reset(Struct, kw_only=True, tag="reset", tag_field="type"):
    """Changes since `after` are no longer kept: read everything anew, and go on from `seq`."""

    seq: int


@cache
def message_types() -> tuple[Any, ...]:
    """Return the types of all messages: `Hello`, `Reset`, and one for each kind of change."""
    return (Hello, Reset, *(_message_type(declared) for declared in declared_changes()))


def message_of(change: Change) -> dict[str, Any]:
    """Return a change as clients get it: the times of its content as RFC 3339."""
    content: dict[str, Any] = msgspec.to_builtins(change.content)
    for name in change_type(change.content).times:
        content[name] = rfc3339(content[name])
    return {
        "type": "change",
        "seq": change.seq,
        "channel": change.channel,
        "id": change.entity,
        "activity": change.activity,
        "content": content,
        "at": rfc3339(change.created_at),
    }


def _message_type(declared: ChangeType) -> type[Struct]:
    return defstruct(
        f"{declared.content.__name__}Message",
        [
            ("type", Literal["change"]),
            ("seq", int),
            ("channel", Literal[declared.channel]),
            ("id", str),
            ("activity", Literal[declared.activities]),
            ("content", _wire_type(declared)),
            ("at", str),
        ],
        kw_only=True,
        namespace={"__doc__": f"A change on the channel `{declared.channel}`; `id` is what changed."},
    )


def _wire_type(declared: ChangeType) -> type[Struct]:
    """Return a content as the wire has it."""
    content, times = declared.content, declared.times
    fields = [
        (name, _as_text(hint) if name in times else hint)
        for name, hint in get_type_hints(content, include_extras=True).items()
    ]
    doc = (content.__doc__ or "").replace("epoch seconds", "RFC 3339")
    return defstruct(content.__name__, fields, kw_only=True, namespace={"__doc__": doc})


def _as_text(hint: Any) -> Any:
    return str if hint is float else str | None

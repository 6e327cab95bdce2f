"""YAML as people write manifests in it, read within bounds."""

from __future__ import annotations

import contextlib
import gc
import re
from collections.abc import Iterator
from typing import Any

from notebook_automation.domain.errors import Invalid, TooLarge

MAX_BYTES = 1024 * 1024
_DEPTH = 32
_NODES = 100_000
# Through lists as well: what is a text there, however it is written.
_TEXTS = (
    ("project", "name"), ("project", "vars", "name"), ("project", "vars", "value"), ("project", "triggers", "name"),
    ("project", "connections", "name"),
)  # fmt: skip
_DATE = "tag:yaml.org,2002:timestamp"
_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_OTHER_NUMBER = re.compile(r"[-+]?(?:0[0-9_]|[0-9_.]*:)")
_UNQUOTED = re.compile(r"^([ \t]*(?:-[ \t]+)?schedule:[ \t]+)(@[^\n#\"]*?)([ \t]*(?:#.*)?)$", re.MULTILINE)


def parse_yaml(text: str) -> Any:
    """Return the value of a YAML text: no tags, no aliases, bounded size, depth and number of values.

    ``schedule: @every 1w`` is read as people write it, though YAML keeps ``@`` for itself, and names and the
    values of variables are texts as they are written (``no``, ``007``, ``1.50``). What YAML 1.1 would make
    another number of, or a date, is a text everywhere: ``04107``, ``12:30``, ``2026-01-31``. Raises Invalid
    (``manifest_invalid``), TooLarge. Blocks for up to a second: for a thread.
    """
    # A tenth of a second to import, so not before the first manifest.
    import yaml

    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise TooLarge("A manifest may have 1 MiB: make several projects of it.", code="manifest_too_large")
    # The parser in C is ten times as fast; not every build has it.
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = _UNQUOTED.sub(r'\1"\2"\3', text.removeprefix("\ufeff"))
    try:
        with _uncollected():
            _check(yaml, yaml.parse(text, Loader=loader))
            return _built(yaml, loader(text))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        if isinstance(error, Invalid):
            raise
        raise Invalid(f"The manifest is not YAML: {' '.join(str(error).split())}", code="manifest_invalid") from None


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Do without the collection of cycles: ten thousands of new nodes would make it look through all that is there
    again and again, and nothing else in this process runs meanwhile. Nodes go without it."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _built(yaml: Any, loader: Any) -> Any:
    try:
        root = loader.get_single_node()
        if root is None:
            return None
        for path in _TEXTS:
            _keep_as_written(yaml, root, path)
        _keep_texts(yaml, root)
        return loader.construct_document(root)
    finally:
        loader.dispose()


def _keep_as_written(yaml: Any, node: Any, path: tuple[str, ...]) -> None:
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _keep_as_written(yaml, item, path)
    elif isinstance(node, yaml.MappingNode) and path:
        for key, value in node.value:
            if key.value == path[0]:
                _keep_as_written(yaml, value, path[1:])
    elif isinstance(node, yaml.ScalarNode) and not path and node.tag != "tag:yaml.org,2002:null":
        node.tag = "tag:yaml.org,2002:str"


def _keep_texts(yaml: Any, node: Any) -> None:
    """Make a text of each number with a leading zero (octal in YAML 1.1), clock time (base sixty) and date."""
    if isinstance(node, yaml.ScalarNode):
        if not node.style and (node.tag == _DATE or (node.tag in _NUMBERS and _OTHER_NUMBER.match(node.value))):
            node.tag = "tag:yaml.org,2002:str"
    else:
        for item in node.value:
            for inner in item if isinstance(item, tuple) else (item,):
                _keep_texts(yaml, inner)


def _check(yaml: Any, events: Any) -> None:
    """Raise Invalid, before anything is built, for what makes a short text a huge or endless value."""
    depth = nodes = 0
    for event in events:
        if isinstance(event, yaml.AliasEvent):
            # An alias can make a short text a huge value.
            raise _refused("it has YAML aliases (*name); write the value out.")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        nodes += isinstance(event, yaml.NodeEvent)
        if depth > _DEPTH:
            raise _refused(f"it is nested more than {_DEPTH} deep; write it flatter.")
        if nodes > _NODES:
            raise _refused(f"it has more than {_NODES} values; make several projects of it.")


def _refused(what: str) -> Invalid:
    return Invalid(f"The manifest cannot be read: {what}", code="manifest_invalid")

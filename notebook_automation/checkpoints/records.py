"""The record of a checkpoint, `<number>.json`: what the runner reads, and what is restored from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .blobs import write_whole
from .errors import DamagedCheckpoint, NotResumable
from .manifest import Manifest

_DIGEST_BYTES = 32


def canonical(manifest: Mapping[str, Any]) -> str:
    """Return the one text that stands for a manifest as JSON (`Manifest.to_json`), also once it was read again."""
    return json.dumps(json.loads(json.dumps(manifest)), sort_keys=True, separators=(",", ":"))


def manifest_digest(manifest: Mapping[str, Any]) -> str:
    """Return the BLAKE2b digest (64 hexadecimal digits) of a manifest as JSON."""
    return hashlib.blake2b(canonical(manifest).encode(), digest_size=_DIGEST_BYTES).hexdigest()


def write_record(folder: Path, record: Mapping[str, Any]) -> None:
    """Write a checkpoint's record, or why there is none (``error``). Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    write_whole(record_path(folder, record["number"]), json.dumps(record).encode())


def read_manifest(folder: Path, number: int) -> Manifest:
    """Return a checkpoint's manifest. Raises NotResumable where there is none, DamagedCheckpoint for a wrong one."""
    try:
        record = json.loads(record_path(folder, number).read_bytes())
    except FileNotFoundError:
        raise NotResumable(f"There is no checkpoint after cell {number}.") from None
    except (OSError, ValueError) as error:
        raise DamagedCheckpoint(f"The record of the checkpoint after cell {number} cannot be read: {error}.") from error
    if "error" in record:
        raise NotResumable(record["error"])
    if manifest_digest(record["manifest"]) != record["digest"]:
        raise DamagedCheckpoint(f"The record of the checkpoint after cell {number} was changed on disk.")
    return Manifest.from_json(record["manifest"])


def blobs_told(folder: Path, number: int) -> set[str] | None:
    """Return the blobs that a record tells of, None where there is none or where it says why."""
    try:
        record = json.loads(record_path(folder, number).read_bytes())
    except (OSError, ValueError):
        return None
    return None if "error" in record else set(record["blobs"])


def record_path(folder: Path, number: int) -> Path:
    """Return where the record of a checkpoint stands."""
    return folder / f"{number}.json"

"""What kind of file system a folder is on: SQLite's locks cannot be trusted on a network's."""

from __future__ import annotations

from pathlib import Path

_NETWORK = ("nfs", "cifs", "smb", "afs", "9p", "fuse.sshfs", "fuse.s3fs", "fuse.gcsfuse", "glusterfs", "ceph", "lustre",
            "davfs", "fuse.rclone", "beegfs", "gpfs")  # fmt: skip


def network_filesystem(folder: Path, mounts: Path = Path("/proc/mounts")) -> str | None:
    """Return the type of the network file system that ``folder`` is on; None for a local or an unknown one.

    ``mounts`` is Linux's table of mounts; where there is none, the kind is unknown.
    """
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    target = folder.resolve()
    best, kind = -1, ""
    for line in lines:
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = Path(fields[1].replace("\\040", " "))
        if (point == target or point in target.parents) and len(point.parts) > best:
            best, kind = len(point.parts), fields[2]
    return kind if kind.startswith(_NETWORK) else None

"""Entry functions of the children that the fork server's tests make, and what they report of themselves."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import signal
import sys
import tempfile
import threading
import time
import uuid

MADE_AT_IMPORT = random.Random(7)
CHANGED: list[str] = []


def look(request, child):
    """Send everything a child could share by mistake."""
    child.send(
        {
            "seen": {
                "pid": os.getpid(),
                "parent": os.getppid(),
                "session": os.getsid(0),
                "group": os.getpgid(0),
                "cwd": os.getcwd(),
                "env": dict(os.environ),
                "files": sorted(int(f) for f in os.listdir("/proc/self/fd") if _is_open(int(f))),
                "umask": _umask(),
                "limit": resource.getrlimit(resource.RLIMIT_NOFILE),
                "signals": {s.name: str(signal.getsignal(s)) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE)},
                "random": [random.random(), MADE_AT_IMPORT.random()],
                "uuid": str(uuid.uuid4()),
                "temporary": tempfile.mktemp(),
                "threads": threading.active_count(),
                "changed": CHANGED,
                "path": sys.path,
                "request": request,
            }
        }
    )


def _is_open(fd):
    with contextlib.suppress(OSError):
        os.fstat(fd)
        return True
    return False


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def numbers(request, child):
    """Send what numpy's generators give."""
    import generators

    child.send({"numbers": generators.draw()})


def copy(request):
    """Copy standard input to output, and write to standard error."""
    text = sys.stdin.read()
    print(text.upper(), end="")
    print("careful", file=sys.stderr)


def end(request):
    """End in the way that is asked for."""
    how = request["how"]
    if how == "code":
        return request["code"]
    if how == "signal":
        os.kill(os.getpid(), request["signal"])
    if how == "exit":
        sys.exit(request["code"])
    if how == "raise":
        raise LookupError("nothing here")
    if how == "work":
        until = time.process_time() + request["seconds"]
        while time.process_time() < until:
            pass
    return None


def spoil(request, child):
    """Change everything a child can reach."""
    CHANGED.append("by a sibling")
    os.environ["SPOILED"] = "1"
    os.chdir("/")
    os.umask(0o777)
    sys.path.insert(0, "/spoiled")
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    child.send({"spoiled": True})


def spoil_or_look(request, child):
    (spoil if request.get("spoil") else look)(request, child)


def family(request, child):
    """Have a child of one's own, in the same group, and wait for ever."""
    grandchild = os.fork()
    if grandchild == 0:
        child.close_line()
        signal.pause()
    child.send({"family": [os.getpid(), grandchild]})
    if request.get("leave"):
        return
    signal.pause()


def prepare(child):
    """Something slow that a spare has done ahead."""
    child.prepared = None
    return {"hint": child.hint, "pid": os.getpid()}


def prepared(request, child):
    child.send({"prepared": child.prepared, "pid": os.getpid()})


def prepare_badly(child):
    os._exit(9)


def large(request, child):
    child.send({"size": len(request["text"])})


def write_pages(request, child):
    """Write to so many pages of the memory; send how many it has for itself before and after."""
    import children_pages
    from notebook_automation_forkserver.pages import own_pages

    def own():
        return sum(end - first for first, end in own_pages([(children_pages.FIRST, children_pages.FIRST + 1000)]))

    before = own()
    as_left = all(children_pages.MEMORY[number * children_pages.PAGE] == 1 for number in range(1000))
    for number in range(request["pages"]):
        children_pages.MEMORY[number * children_pages.PAGE] = 2
    child.send({"own": before, "written": own(), "as_left_by_server": as_left})


def leave(request, child):
    """Leave processes behind in every way, tell their numbers, and end or wait for the end."""
    reading, writing = os.pipe()
    forever = [sys.executable, "-c", "import time; time.sleep(600)"]
    first = os.fork()
    if not first:
        os.setsid()
        second = os.fork()
        if not second:
            os.write(writing, f"{os.getpid()}\n".encode())
            os.execve("/usr/bin/env", ["env", "-i", *forever], {})
        os.waitpid(second, 0) if request["parent_stays"] else None
        os._exit(0)
    pids = [first] if request["parent_stays"] else []
    with os.fdopen(reading) as file:
        pids.append(int(file.readline()))
    child.send({"left": pids})
    if request["waits"]:
        signal.pause()

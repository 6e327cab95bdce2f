"""The tiny HTTP client: JSON in, records out, one connection kept alive."""

from __future__ import annotations

import http.client
import json
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any
from urllib.parse import quote, urlencode, urlsplit

from . import location
from .encoding import to_json
from .errors import NotConnected, Refused
from .records import Record
from .transport import open_connection

TIMEOUT = 60.0
"""Seconds for connecting and for each answer; NOTEBOOK_AUTOMATION_TIMEOUT sets another number."""
RETRY_FOR = 5.0
"""Seconds over which a request that the server cannot take now (503) is tried again."""

CHANNEL = "X-Notebook-Automation-Channel"
"""The header that says by which way a person answers."""
_PART = 1024 * 1024
_NOT_GIVEN: Any = object()


@dataclass(slots=True, kw_only=True)
class Answer:
    """What came back: ``body`` is raw bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Client:
    """Speaks with the server at one location; safe to use from several threads and after a fork.

    ``channel`` says by which way a person uses it (cli, widget): the log of an inquiry keeps it.
    """

    def __init__(self, place: location.Location, *, timeout: float | None = None, channel: str | None = None) -> None:
        self.place = place
        self._channel = channel
        self._timeout = timeout or float(os.environ.get("NOTEBOOK_AUTOMATION_TIMEOUT") or TIMEOUT)
        self._lock = threading.Lock()
        self._connection: http.client.HTTPConnection | None = None
        self._prefix = ""
        self._pid = os.getpid()

    def get(self, path: str, /, **query: Any) -> Any:
        """Return the JSON at ``path`` under our REST; ``query`` values that are None are left out."""
        return self.call("GET", path, query=query)

    def post(self, path: str, json: Any = _NOT_GIVEN, /, **query: Any) -> Any:
        """Send ``json`` and return the JSON of the answer."""
        return self.call("POST", path, query=query, json=json)

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Any = _NOT_GIVEN,
        body: bytes | IO[bytes] | None = None,
        length: int | None = None,
        content_type: str | None = None,
        base: str | None = None,
    ) -> Any:
        """Do one request and return its JSON as records, or None for an empty answer.

        ``body`` is raw bytes or an open file of ``length`` bytes; ``base`` is another address than our REST.
        Raises NotConnected when nobody answers, Refused when the answer is an error.
        """
        headers = {"Authorization": self.place.authorization, "Accept": "application/json"}
        if self._channel:
            headers[CHANNEL] = self._channel
        if json is not _NOT_GIVEN:
            body, content_type = to_json(json).encode(), "application/json"
        if content_type:
            headers["Content-Type"] = content_type
        if body is not None:
            headers["Content-Length"] = str(length if length is not None else len(body))  # type: ignore[arg-type]
        address = urlsplit(f"{(base or self.place.url).rstrip('/')}/{path}")
        target = _target(address.path, query)
        deadline = time.monotonic() + RETRY_FOR
        pause = 0.1
        while True:
            answer = self._exchange(method, target, body, headers)
            if answer.status != 503 or time.monotonic() + pause > deadline:
                return _value(answer, f"{method} {path}")
            time.sleep(pause)
            pause *= 2

    def download(self, path: str, target: IO[bytes], query: Mapping[str, Any] | None = None) -> None:
        """Write what is at ``path`` into the open file ``target``. Raises as `call`."""
        connection, prefix = open_connection(urlsplit(self.place.url), timeout=self._timeout)
        address = _target(urlsplit(f"{self.place.url.rstrip('/')}/{path}").path, query)
        try:
            connection.request("GET", prefix + address, headers={"Authorization": self.place.authorization})
            answer = connection.getresponse()
            if answer.status >= 400:
                whole = Answer(status=answer.status, headers=dict(answer.headers.items()), body=answer.read())
                _value(whole, f"GET {path}")
            while part := answer.read(_PART):
                target.write(part)
        except (OSError, http.client.HTTPException) as error:
            raise self._unreachable(error) from error
        finally:
            connection.close()

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _exchange(self, method: str, target: str, body: bytes | IO[bytes] | None, headers: Mapping[str, str]) -> Answer:
        with self._lock:
            if self._pid != os.getpid():
                # The parent process goes on using the socket that this one inherited.
                self._connection, self._pid = None, os.getpid()
            kept = self._connection is not None
            try:
                return self._once(method, target, body, headers)
            except (http.client.RemoteDisconnected, ConnectionError) as error:
                self.close()
                if not kept:
                    raise self._unreachable(error) from error
            except (OSError, http.client.HTTPException) as error:
                self.close()
                raise self._unreachable(error) from error
            except BaseException:
                # Interrupted half-way: what is left of the answer must not be read as the next one.
                self.close()
                raise
            # The server had closed the idle connection before it saw this request.
            try:
                return self._once(method, target, body, headers)
            except (OSError, http.client.HTTPException) as error:
                self.close()
                raise self._unreachable(error) from error

    def _once(self, method: str, target: str, body: bytes | IO[bytes] | None, headers: Mapping[str, str]) -> Answer:
        if self._connection is None:
            self._connection, self._prefix = open_connection(urlsplit(self.place.url), timeout=self._timeout)
        if body is not None and not isinstance(body, bytes):
            body.seek(0)
        connection = self._connection
        try:
            connection.request(method, self._prefix + target, body=body, headers=dict(headers))
        except (BrokenPipeError, ConnectionResetError) as broken:
            # A server that refuses a large body answers and closes before it has read all of it.
            try:
                answer = connection.getresponse()
            except (OSError, http.client.HTTPException):
                raise broken from None
        else:
            answer = connection.getresponse()
        data = answer.read()
        if answer.will_close:
            self.close()
        return Answer(status=answer.status, headers=dict(answer.headers.items()), body=data)

    def _unreachable(self, error: Exception) -> NotConnected:
        forget()
        return NotConnected(
            f"The server at {self.place.url} does not answer ({error or type(error).__name__}): is it running, and "
            "is its address right?"
        )


def path_of(*parts: str) -> str:
    """Return ``parts`` as a path in which none of them can be read as more than one part."""
    return "/".join(quote(part, safe="") for part in parts)


def connect() -> Client:
    """Return the client for the server of this kernel; raises NotConnected when there is none."""
    global _current
    if _current is None:
        _current = Client(location.find())
    return _current


def forget() -> None:
    """Look for the server anew at the next use."""
    global _current
    _current = None


_current: Client | None = None


def _target(path: str, query: Mapping[str, Any] | None) -> str:
    given = {key: _query_text(value) for key, value in (query or {}).items() if value is not None}
    return path + (f"?{urlencode(given)}" if given else "")


def _query_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _value(answer: Answer, what: str) -> Any:
    kind = next((value for name, value in answer.headers.items() if name.lower() == "content-type"), "")
    try:
        content = json.loads(answer.body, object_hook=Record) if "json" in kind and answer.body else None
    except ValueError:
        content = None
    if answer.status < 400:
        return content
    problem = content if isinstance(content, Record) else Record()
    raise Refused(
        str(problem.get("detail") or problem.get("message") or _sentence(answer.status, what)),
        status=answer.status,
        code=str(problem.get("code") or f"http_{answer.status}"),
        details=problem,
    )


def _sentence(status: int, what: str) -> str:
    if status in (401, 403):
        return "The server did not accept this kernel's token: restart the kernel, or set JUPYTER_TOKEN."
    if status == 404:
        return (
            f"The server has no {what}: is the extension enabled (jupyter server extension list), and of this version?"
        )
    if status == 413:
        return "The server refused the body as too large: see its limit for artifacts (50 MB unless configured)."
    return f"The server answered {what} with status {status}: see its log."

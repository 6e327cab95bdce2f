"""Every setting with its unit and default. Traitlets at the edge (`extension/`, the command line) fill it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

MIB = 1024 * 1024


def _setting(default: Any, doc: str) -> Any:
    if callable(default):
        return field(default_factory=default, metadata={"help": doc})
    if isinstance(default, (list, dict)):
        return field(default_factory=lambda: type(default)(default), metadata={"help": doc})
    return field(default=default, metadata={"help": doc})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What a user can set. Each field's ``help`` (in its metadata) is the documentation, with the unit."""

    # Places
    data_dir: str = _setting("", "Folder for the database, blobs and sessions. Empty: Jupyter's data folder.")
    root_dir: str = _setting("", "Folder that projects live under. Empty: the Jupyter server's root.")
    database_url: str = _setting("", "SQLAlchemy URL. Empty: SQLite in data_dir. PostgreSQL: postgresql://…")
    public_url: str = _setting("", "Base URL under which others reach this server, for webhook URLs. Empty: its own.")

    # Sessions
    max_sessions: int = _setting(lambda: max(2, os.cpu_count() or 2), "Sessions that run at once.")
    max_waiting: int = _setting(
        10, "Sessions that hold their kernel while they wait, beside those; more of them take the places of others."
    )
    time_limit: float = _setting(86400.0, "Time limit of a session that names none, in seconds.")
    cancel_grace: float = _setting(5.0, "Time a cancelled kernel gets to stop after the interrupt, in seconds.")
    lease: float = _setting(15.0, "How long a runner keeps its session without a sign of life, in seconds.")
    runner_start: float = _setting(30.0, "Time a runner gets from its start to the beginning of a session, in seconds.")
    start_tries: int = _setting(3, "How often a session is tried whose runner ends before it begins.")
    supervisor_poll: float = _setting(1.0, "Pause between looks for sessions that other servers queued, in seconds.")
    output_limit: int = _setting(20 * MIB, "Outputs kept of one session's notebook, in bytes; the rest is cut, marked.")
    kernel_environment: list[str] = _setting(
        [
            "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_*", "TZ", "TMPDIR", "TEMP", "TMP", "PYTHONPATH",
            "PYTHONHASHSEED", "VIRTUAL_ENV", "CONDA_*", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SSL_CERT_FILE",
            "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CUDA_*", "OMP_*", "MPL*", "JUPYTER_PATH", "JUPYTER_DATA_DIR",
            "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_PREFER_ENV_PATH", "IPYTHONDIR", "SYSTEMROOT",
            "APPDATA", "PROGRAMDATA", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "http_proxy", "https_proxy",
            "all_proxy", "no_proxy",
        ],
        "Environment variables that a session's kernel inherits; a name may end in *.",
    )  # fmt: skip
    follow_links: bool = _setting(False, "Links in a project that lead out of the root folder are followed.")
    snapshot_max_file: int = _setting(50 * MIB, "Larger files are read in place by a session, not copied; in bytes.")
    snapshot_max_files: int = _setting(5000, "Files a snapshot copies; folders beyond that are read in place.")
    snapshot_max_total: int = _setting(500 * MIB, "Bytes a snapshot copies; folders beyond that are read in place.")

    # Durable sessions
    park_after: float = _setting(
        2.0, "A durable session that waits for longer than this gives its process up, in seconds. 0: never."
    )
    max_crashes: int = _setting(3, "A durable session that is lost so often in the same piece of a cell has failed.")
    checkpoint_max: int = _setting(
        1024 * MIB, "Files that a durable session may have written, in bytes; with more it cannot be resumed."
    )

    # Warm processes
    warm_kernels: int = _setting(1, "Kernels kept ready ahead of sessions, per kernelspec in use. 0: none.")
    warm_runners: int = _setting(1, "Runners kept ready ahead of sessions. 0: none.")
    warm_memory: int = _setting(1024 * MIB, "Memory that warm processes may hold together, in bytes.")
    warm_idle: float = _setting(600.0, "Warm processes are given back after this time without a session, in seconds.")
    handler_max_age: float = _setting(3600.0, "The set-up of a warm handler is run anew after this time, in seconds.")
    handler_max_count: int = _setting(8, "Warm handlers whose set-up is kept ready at once. 0: none.")
    handler_spares: int = _setting(1, "Kernels kept ready after the set-up of each warm handler.")
    handler_setup_time: float = _setting(300.0, "Time that each set-up cell of a warm handler may take, in seconds.")
    preload: list[str] = _setting([], "Modules that warm kernels have imported, beside those learned from sessions.")
    use_fork_server: bool = _setting(True, "Fork warm kernels and runners where that is safe (Linux). False: never.")

    # Webhooks
    webhook_max_body: int = _setting(1 * MIB, "Largest body of a webhook, in bytes; larger ones get 413.")
    webhook_body_time: float = _setting(10.0, "Time a sender has for the body of a webhook, in seconds.")
    webhook_rate: int = _setting(2000, "Deliveries a second that one webhook takes; more get 429. 0: no limit.")
    webhook_source_rate: int = _setting(2000, "Deliveries a second that one address may send; 0: no limit.")
    webhook_sync_time: float = _setting(
        30.0,
        "Time a sync webhook waits for its answer, in seconds; then 504. A streamed answer may be silent for as long.",
    )
    webhook_answer_max: int = _setting(32 * MIB, "Largest answer that is streamed by a sync webhook, in bytes.")

    # Inbox
    inbox_open: list[str] = _setting(
        [], "Sources of the inbox that take deliveries without its token, by name; * is all of them."
    )
    inbox_salt: str = _setting("", "Goes into the tokens of the inbox: give it another value, and all tokens are new.")
    inbox_keep: float = _setting(
        30 * 86400.0, "Deliveries to the inbox without a bookmark are deleted after this time, in seconds. 0: never."
    )
    inbox_max: int = _setting(
        10_000,
        "Deliveries to the inbox without a bookmark that are kept; the oldest go first. 0: any number.",
    )

    # API log
    api_log: bool = _setting(True, "Requests are kept in the API log, with what gives access masked. False: none are.")
    api_log_bodies: int = _setting(
        0, "Bytes of the body of each request and each answer that the API log keeps, secrets masked. 0: none."
    )
    api_log_keep: float = _setting(
        7 * 86400.0, "Requests in the API log are deleted after this time, in seconds. 0: never."
    )
    api_log_max: int = _setting(20_000, "Requests that the API log keeps; the oldest go first. 0: any number.")

    # Metrics
    metrics: bool = _setting(
        False, "The page …/notebook-automation/metrics for Prometheus is there (extra: prometheus)."
    )
    metrics_token: str = _setting(
        "", "Token that Prometheus sends (Authorization: Bearer …). Empty: only this machine may read the page."
    )

    # OpenTelemetry
    otel: bool = _setting(
        False,
        "Traces and metrics are sent by OpenTelemetry (extra: otel); where to is said by the environment variables "
        "OTEL_EXPORTER_OTLP_….",
    )

    # Connections
    connection_idle: float = _setting(
        75.0, "Connections that send no (whole) request head for this long are closed, in seconds. 0: Jupyter's hour."
    )

    # Calls of APIs
    api_call_time: float = _setting(
        15.0, "Time that a call of an API may take which names no timeout, to the last byte of the answer, in seconds."
    )
    api_call_answer: int = _setting(256 * 1024, "Bytes that are kept of an API's answer; the rest is cut, marked.")
    api_call_hosts: list[str] = _setting(
        [], "Hosts in private networks whose APIs may be called, also by http: ['erp.internal:8080']."
    )

    # Schedules
    timezone: str = _setting(
        "",
        "Time zone of schedules that name none, by its IANA name. Empty: the zone of the machine the server runs on.",
    )
    tick_grace: float = _setting(60.0, "A tick this late still counts as on time, in seconds; later ones were missed.")

    # Files that triggers watch
    file_poll: float = _setting(
        5.0, "Pause between looks at files where the system gives no word of their changes, in seconds."
    )

    # Sessions that follow others
    chain_max: int = _setting(
        20, "Sessions that may follow each other by triggers that run after others; a longer chain is stopped."
    )

    # Sessions that start others
    tree_max: int = _setting(1000, "Sessions below one that may be under way at once, of all that it and these start.")
    tree_depth: int = _setting(10, "Levels of sessions that start each other, the topmost one included.")

    # Artifacts
    artifact_max: int = _setting(50 * MIB, "Largest artifact, in bytes.")
    artifact_session_max: int = _setting(1024 * MIB, "All artifacts of one session, in bytes.")
    artifact_max_files: int = _setting(1000, "Files kept of those that one session writes.")
    artifact_keep: str = _setting("30 days", "How long artifacts are kept where the trigger does not say.")

    # Inquiries
    groups: dict[str, list[str]] = _setting(
        {}, "Groups of people by name, to be asked as group:name. {'ops': ['ana']}."
    )
    people: dict[str, dict[str, str]] = _setting(
        {}, "What is known of people by login: name, email. {'ana': {'name': 'Ana', 'email': 'ana@example.org'}}."
    )
    inquiry_keep: float = _setting(
        365 * 86400.0,
        "Inquiries are deleted with their answers and log this long after their end, in seconds. 0: never.",
    )
    link_days: float = _setting(
        7.0, "A signed link to an inquiry works for so many days, or until the inquiry ends (no time in seconds)."
    )
    link_rate: int = _setting(10, "Requests a second that the page of one link takes; more get 429. 0: no limit.")
    link_source_rate: int = _setting(
        50, "Requests a second for pages of links, and what is shown there, from one address; 0: no limit."
    )
    smtp_url: str = _setting(
        "",
        "Server that sends e-mails: smtps://user:password@host, or smtp://host:587 (STARTTLS; in the "
        "clear only on this machine, or with ?tls=none and no password). Empty: none are sent.",
    )
    mail_from: str = _setting("", "Who e-mails are from: Automation <automation@example.org>. Needed with smtp_url.")

    # Notifications
    notify_gather: float = _setting(
        10.0, "How long a notification waits for others to the same recipient, in seconds: a storm is one message."
    )
    notify_pause: float = _setting(
        300.0, "Pause after a message before the next one to the same recipient, in seconds: one digest of all between."
    )
    notify_hosts: list[str] = _setting(
        [], "Hosts in private networks that notifications may be sent to, also by http: ['chat.internal:8065']."
    )
    notification_keep: float = _setting(
        30 * 86400.0, "Notifications are deleted this long after they were made, in seconds. 0: never."
    )

    # Housekeeping
    engine_lease: float = _setting(10.0, "How long a server stays the active one without a sign of life, in seconds.")
    housekeeping: float = _setting(60.0, "Pause between rounds of retention and clean-up, in seconds.")
    session_keep: float = _setting(0.0, "Sessions are deleted this long after their end, in seconds. 0: never.")
    checkpoint_keep: float = _setting(
        7 * 86400.0,
        "What durable sessions have saved is deleted this long after their end, in seconds. 0: with the session.",
    )
    change_keep: float = _setting(3600.0, "How far back a change stream can resume, in seconds.")
    run_engine: bool = _setting(True, "Tick, match and run in this server. False: only serve the API.")

    @property
    def uploads(self) -> str:
        """The folder for what is coming in: on the disk of the data, so that nothing fills another."""
        return os.path.join(self.data_dir, "uploads")

    @property
    def database(self) -> str:
        """The database's URL, the default filled in."""
        return self.database_url or "sqlite:///" + os.path.join(self.data_dir, "automation.db")

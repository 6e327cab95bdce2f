"""The server extension: settings by traitlets, nothing imported early, a clean start and end."""

from __future__ import annotations

import gc
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import httpx
import pytest
from serving import Server, serve

from notebook_automation.compose.server import Server as Product
from notebook_automation.extension import NotebookAutomationApp
from notebook_automation.settings import Settings

HEAVY = (
    "sqlalchemy", "msgspec", "alembic", "apscheduler", "papermill", "nbclient", "pandas", "celpy", "cel_expr_python",
    "yaml", "cryptography", "IPython", "notebook_automation.api", "notebook_automation.compose",
    "notebook_automation.services", "notebook_automation.store",
)  # fmt: skip


def test_linking_and_loading_import_nothing_heavy(tmp_path: Path) -> None:
    program = f"""
import sys
from jupyter_server.serverapp import ServerApp
app = ServerApp()
app.initialize(["--ServerApp.root_dir={tmp_path}", "--allow-root", "--no-browser"], find_extensions=False,
               new_httpserver=False)
before = set(sys.modules)
app = ServerApp()
app.initialize(["--ServerApp.root_dir={tmp_path}", "--ServerApp.jpserver_extensions=notebook_automation=True",
                "--allow-root", "--no-browser"], find_extensions=False, new_httpserver=False)
assert "notebook_automation.extension" in sys.modules
new = set(sys.modules) - before
print(sorted(name for name in new if name.startswith({HEAVY!r})))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "[]"


def test_every_setting_is_configurable_with_its_help() -> None:
    traits = NotebookAutomationApp.class_traits(config=True)
    for setting in fields(Settings):
        assert traits[setting.name].help == setting.metadata["help"]
    plain = NotebookAutomationApp()
    defaults = Settings()
    for setting in fields(Settings):
        assert getattr(plain, setting.name) == getattr(defaults, setting.name), setting.name


def test_settings_come_from_a_file_and_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "jupyter_notebook_automation_config.py").write_text(
        "c.NotebookAutomationApp.max_sessions = 7\nc.NotebookAutomationApp.preload = ['json']\n"
    )
    options = (
        "--NotebookAutomationApp.lease=21.5", "--NotebookAutomationApp.run_engine=False",
        "--NotebookAutomationApp.public_url=https://hooks.example.org/base",
    )  # fmt: skip
    with serve(tmp_path, *options, base_url="/") as server:
        settings = server.services.settings
        assert (settings.max_sessions, settings.preload, settings.lease) == (7, ["json"], 21.5)
        assert settings.data_dir == str(tmp_path / "data" / "notebook_automation")
        assert settings.root_dir == str(server.root)
        status = server.api.get("status").json()
        assert status["webhook_base"] == "https://hooks.example.org/base/notebook-automation/webhooks/"
        assert status["engine"] == {"active": False, "owner": None}
        assert gc.get_freeze_count() > 0, "what was imported is not looked through for cycles again and again"


def test_a_server_with_a_password_or_with_nothing_at_all(tmp_path: Path) -> None:
    engine = "--NotebookAutomationApp.run_engine=False"
    from jupyter_server.auth import passwd

    hashed = f"--PasswordIdentityProvider.hashed_password={passwd('open sesame')}"
    with serve(tmp_path / "password", engine, hashed, token="", base_url="/") as server:
        assert server.stranger.get("status").status_code == 401
        with httpx.Client(base_url=server.api.base_url, trust_env=False, follow_redirects=True) as browser:
            browser.get(f"{server.url}login")
            form = {"password": "open sesame", "_xsrf": browser.cookies["_xsrf"]}
            browser.post(f"{server.url}login", data=form)
            assert browser.get("status").status_code == 200
            assert browser.post("events/explain", json={"filter": "true"}).status_code == 403
            headers = {"X-XSRFToken": browser.cookies["_xsrf"]}
            assert browser.post("events/explain", json={"filter": "true"}, headers=headers).status_code == 200
    with serve(tmp_path / "open", engine, token="", base_url="/") as server:
        assert server.stranger.get("status").status_code == 200


def test_it_ends_cleanly_and_begins_again_on_the_same_data(tmp_path: Path) -> None:
    with serve(tmp_path / "one", "--NotebookAutomationApp.run_engine=False") as server:
        server.trigger(name="kept", type="webhook")
        data = server.services.settings.data_dir
    again = f"--NotebookAutomationApp.data_dir={data}"
    with serve(tmp_path / "two", "--NotebookAutomationApp.run_engine=False", again) as server:
        assert server.api.get("triggers/sales/kept").json()["type"] == "webhook"


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    nowhere = "--NotebookAutomationApp.database_url=sqlite:////proc/nowhere/automation.db"
    with pytest.raises(Exception, match="could not start"), serve(tmp_path, nowhere):
        pass


def test_requests_while_it_stops_are_refused_kindly(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    extension = next(iter(server.app.extension_manager.extension_apps["notebook_automation"]))
    monkeypatch.setattr(extension, "_stopped", True)
    answer = server.api.get("status")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_started")
    webhook = server.stranger.post(f"{server.url}notebook-automation/webhooks/x")
    assert (webhook.status_code, webhook.json()["code"]) == (503, "not_started")


def test_a_server_at_work_is_not_idle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUPYTERHUB_PUBLIC_URL", "https://hub.example.org/user/ana/")
    with serve(tmp_path, "--NotebookAutomationApp.run_engine=False", base_url="/user/ana/") as server:
        assert not server.app.extension_manager.any_activity()
        trigger = server.trigger(name="busy", type="webhook")
        assert trigger["url"].startswith("https://hub.example.org/user/ana/notebook-automation/webhooks/")
        server.api.post("triggers/sales/busy/fire", json={})
        assert server.app.extension_manager.any_activity()


def test_jupyter_ends_also_when_we_do_not_end_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(tmp_path, "--NotebookAutomationApp.run_engine=False") as server:
        stop = Product.stop

        async def broken(product: Product) -> None:
            await stop(product)
            raise RuntimeError("broken")

        monkeypatch.setattr(Product, "stop", broken)
        http_server = server.app.http_server
    assert http_server._stopped

"""Notebook Automation: what JupyterLab and the Jupyter server ask an extension for."""

from __future__ import annotations

__version__ = "0.1.0"


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    return [{"src": "labextension", "dest": "notebook-automation"}]


def _jupyter_server_extension_points() -> list[dict[str, object]]:
    from notebook_automation.extension import NotebookAutomationApp

    return [{"module": "notebook_automation", "app": NotebookAutomationApp}]

"""The product in a Jupyter server: what Jupyter loads, and hardly more before the server answers."""

from .app import NotebookAutomationApp as NotebookAutomationApp

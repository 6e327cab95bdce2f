"""What a person does in JupyterLab: open things, type cells, read what is shown."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Literal

from playwright.sync_api import ConsoleMessage, Error, Locator, Page, expect

from .lab import Lab

READY_MS = 60_000
SLOW_MS = 40_000
expect.set_options(timeout=15_000)
NOT_OURS = (
    # Extensions that are no friends of Jupyter Notebook.
    re.compile(r"^error: Plugin '(?!notebook-automation)[^']+' failed to activate"),
    # The form asks the server what it thinks of every draft; the browser logs each "no".
    re.compile(r"status of 400 .*/(triggers/preview|events/try|(rules|policies)/[^/]+)\?\d+\)$"),
    # What a run is refused for is said in its dialog; the browser logs it, too.
    re.compile(r"status of 400 .*/api/v1/sessions\?\d+\)$"),
    # An address that may lead elsewhere is refused under its field.
    re.compile(r"status of 400 .*/api/v1/events/\w+/send\?"),
    # Lab tells which plug-ins were slow to start: on a loaded machine all are.
    re.compile(r"^warning: Plugin \S+ .*(took [\d.]+ms|is taking too long) to activate"),
    # Its kernel was shut down.
    re.compile(r"Canceled future for \w+ message"),
    # The widget manager asks every notebook for its kernel, also one that has none: `getWidgetManagerOwner` of
    # @jupyter-widgets/jupyterlab-manager (5.0.16) reads `sessionContext.session.kernel.id`, where session is null then.
    re.compile(r"^uncaught: Cannot read properties of null \(reading 'kernel'\).*jupyterlab-manager", re.DOTALL),
)

Theme = Literal["light", "dark"]


@dataclass
class Screen:
    """A JupyterLab in a browser tab."""

    page: Page
    lab: Lab
    console: list[str] = field(default_factory=list)
    """Warnings, errors and uncaught exceptions that the tab reported, each with where it came from."""

    def listen(self) -> None:
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.console.append(f"uncaught: {error}\n{error.stack}"))

    def open_lab(self, workspace: str, reset: bool = True) -> None:
        self.page.goto(f"{self.lab.url}lab/workspaces/{workspace}?{'reset&' if reset else ''}token={self.lab.token}")
        self.wait_until_ready()

    def wait_until_ready(self) -> None:
        ready = "() => window.jupyterapp && window.jupyterapp.restored.then(() => true)"
        self.page.wait_for_function(ready, timeout=READY_MS)
        self.page.wait_for_function("() => !document.querySelector('#jupyterlab-splash')", timeout=READY_MS)

    def run(self, command: str, **args: Any) -> None:
        """Run a Lab command by its id, as the palette would."""
        script = "([id, args]) => window.jupyterapp.commands.execute(id, args).then(() => undefined)"
        self.page.evaluate(script, [command, args])

    def set_theme(self, theme: Theme) -> None:
        name = f"JupyterLab {theme.capitalize()}"
        self.run("apputils:change-theme", theme=name)
        self.page.wait_for_function("name => document.body.dataset.jpThemeName === name", arg=name)
        # Lab covers the page while it changes, and stumbles over itself if it is to change again meanwhile.
        expect(self.page.locator("#jupyterlab-splash")).to_have_count(0)

    def sidebar(self) -> Locator:
        """The overview, opened by its icon."""
        overview = self.page.locator("#notebook-automation-overview")
        if not overview.is_visible():
            self.page.get_by_role("tab", name="Automation", exact=True).click()
        expect(overview.get_by_role("heading", name="Automation", exact=True)).to_be_visible()
        return overview

    def panel(self, page: str, **args: str) -> Locator:
        """A page of the main area, opened and drawn."""
        self.run("notebook-automation:open", page=page, **args)
        return self.front()

    def front(self) -> Locator:
        """The panel of ours that has the focus in the main area, drawn."""
        script = "() => ((window.jupyterapp.shell.currentWidget || {}).id || '').startsWith('notebook-automation-')"
        self.page.wait_for_function(script)
        name = self.page.evaluate("() => window.jupyterapp.shell.currentWidget.id")
        panel = self.page.locator(f"[id='{name}']")
        expect(panel.locator("h1").first).to_be_visible()
        return panel

    def open_file(self, path: str) -> Locator:
        """A document opened as from the file browser."""
        self.run("docmanager:open", path=path)
        return self.document()

    def document(self) -> Locator:
        """The document in front in the main area."""
        return self.page.locator("#jp-main-dock-panel .jp-Document:visible")

    def type_notebook(self, path: str, *cells: str) -> Locator:
        """A new notebook with cells typed into it, saved; no cell has run."""
        notebook = self.open_file(self.lab.notebook(path, ""))
        kernel = notebook.locator(".jp-Notebook-ExecutionIndicator")
        expect(kernel).to_have_attribute("data-status", "idle", timeout=SLOW_MS)
        editors = notebook.locator(".jp-CodeCell .cm-content")
        for number, source in enumerate(cells):
            if number:
                self.run("notebook:insert-cell-below")
            editors.nth(number).click()
            expect(editors.nth(number)).to_be_focused()
            self.page.keyboard.insert_text(source)
        self.run("docmanager:save")
        return notebook

    def run_cells(self, notebook: Locator) -> None:
        """Run every cell of the notebook in front, and wait until each has its number."""
        self.run("notebook:run-all-cells")
        for waiting in ("[*]:", "[ ]:"):
            prompts = notebook.locator(".jp-CodeCell .jp-InputPrompt", has_text=waiting)
            expect(prompts).to_have_count(0, timeout=SLOW_MS)

    def errors(self) -> list[str]:
        """What is on the console and not plainly somebody else's: another extension's, or a refusal we asked for."""
        return [line for line in self.console if not any(pattern.search(line) for pattern in NOT_OURS)]

    def dirty(self) -> list[str]:
        """Paths of open documents with unsaved changes."""
        script = """() => [...window.jupyterapp.shell.widgets('main')]
            .filter(widget => widget.context && widget.context.model.dirty).map(widget => widget.context.path)"""
        paths: list[str] = self.page.evaluate(script)
        return paths

    def kernels(self) -> int:
        script = """async () => { const kernels = window.jupyterapp.serviceManager.kernels;
            await kernels.refreshRunning(); return [...kernels.running()].length }"""
        count: int = self.page.evaluate(script)
        return count

    def tidy(self) -> None:
        """Give back the kernels that this tab started."""
        try:
            self.page.evaluate("() => window.jupyterapp && window.jupyterapp.serviceManager.sessions.shutdownAll()")
        except Error:  # the test left the page elsewhere, or its server is gone
            return

    def _on_console(self, message: ConsoleMessage) -> None:
        line = f"{message.type}: {message.text} ({message.location.get('url')})"
        # JupyterLab and other extensions warn of much; an error may be of our making wherever it shows.
        if message.type == "error" or (message.type == "warning" and "notebook-automation" in line):
            self.console.append(line)

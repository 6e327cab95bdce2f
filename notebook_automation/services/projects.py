"""Projects: which folder a notebook belongs to, what it holds, its variables."""

from __future__ import annotations

import time
from pathlib import Path, PurePosixPath

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from notebook_automation.domain.access import EVERYTHING, Caller
from notebook_automation.domain.calls import parse_call
from notebook_automation.domain.errors import Invalid, NotFound
from notebook_automation.domain.masking import Masker
from notebook_automation.domain.missing import no_file, no_project, no_variable
from notebook_automation.domain.notebooks import NotebookFacts
from notebook_automation.domain.projects import (
    PROJECT_ID,
    VARIABLE_ID,
    Project,
    ProjectChange,
    Variable,
    name_for_folder,
    validate_description,
    validate_name,
)
from notebook_automation.ports import Cipher, Notebooks
from notebook_automation.store import projects
from notebook_automation.store.changes import announce
from notebook_automation.store.database import Database

from .paths import is_file, is_folder, real_path

MANIFEST = "automation.yaml"


class Projects:
    """Folders under ``root`` (absolute, the Jupyter root) as projects.

    ``follow_links``: what is called may be a link to a file outside of the root.
    """

    def __init__(
        self, database: Database, root: Path, notebooks: Notebooks, cipher: Cipher, *, follow_links: bool = False
    ) -> None:
        self._database = database
        self._follow_links = follow_links
        self._root = root.resolve()
        self._notebooks = notebooks
        self._cipher = cipher

    @property
    def cipher(self) -> Cipher:
        """What encrypts secrets, of projects and of others."""
        return self._cipher

    async def get(self, caller: Caller, key: str) -> Project:
        """Return the project with this id or name; raises NotFound (``project_not_found``)."""
        project = await self._database.read(lambda tx: projects.get(tx, key))
        if project is None:
            raise no_project(key)
        caller.require("read", project.resource)
        return project

    async def listed(
        self, caller: Caller, *, limit: int, cursor: str | None
    ) -> tuple[list[tuple[Project, int]], str | None]:
        """Return a page of projects, each with its number of triggers."""
        caller.require("read", EVERYTHING)

        def work(tx: Connection) -> tuple[list[tuple[Project, int]], str | None]:
            found, more = projects.listed(tx, limit=limit, cursor=cursor)
            counts = projects.trigger_counts(tx)
            return [(project, counts.get(project.id, 0)) for project in found], more

        return await self._database.read(work)

    def locate(self, path: str) -> tuple[str, str]:
        """Return the project folder of a file and the file's path in that folder, with forward slashes.

        ``path`` and the folder are relative to the Jupyter root. The project is the nearest folder from the file's
        own upwards that has an ``automation.yaml``, else the file's own folder. Raises Invalid (``path_invalid``).
        """
        parts = PurePosixPath(path.strip("/")).parts
        self.resolved(path)
        own = max(0, len(parts) - 1)
        depth = next((n for n in range(own, -1, -1) if is_file(self._root.joinpath(*parts[:n], MANIFEST))), own)
        return "/".join(parts[:depth]), "/".join(parts[depth:])

    def home_of(self, file: Path) -> tuple[str, str] | None:
        """Return what ``locate`` does for a file by its absolute path; None for one outside of the Jupyter root."""
        return self.locate(file.relative_to(self._root).as_posix()) if self._root in file.parents else None

    def shown_path(self, project: Project) -> str | None:
        """Return a project's folder relative to the Jupyter root (the root itself is ""); None outside of it."""
        folder = Path(project.path)
        if folder == self._root:
            return ""
        return folder.relative_to(self._root).as_posix() if self._root in folder.parents else None

    def resolved(self, path: str) -> Path:
        """Return the absolute path of something under the Jupyter root, links followed.

        Raises Invalid (``path_invalid``) for a path that leads out of the root.
        """
        relative = PurePosixPath(path.strip("/"))
        if ".." in relative.parts or "\0" in path or "\\" in path:
            raise Invalid(f"{path!r} leads out of the Jupyter root folder: name a path inside it.", code="path_invalid")
        target = real_path(self._root.joinpath(*relative.parts))
        if target != self._root and self._root not in target.parents:
            raise Invalid(f"{path!r} leads out of the Jupyter root folder: name a path inside it.", code="path_invalid")
        return target

    async def of_notebook(self, caller: Caller, path: str) -> tuple[Project, str]:
        """Return the project of the file at ``path`` (made when new) and the file's path in the project."""
        folder, relative = self.locate(path)
        return await self.at_folder(caller, folder), relative

    async def at_folder(self, caller: Caller, folder: str, name: str | None = None) -> Project:
        """Return the project of a folder, made when new, under ``name`` or the folder's own."""
        path = self.resolved(folder)
        found = await self._database.read(lambda tx: projects.at_path(tx, str(path)))
        if found is not None:
            caller.require("read", found.resource)
            return found
        caller.require("configure", EVERYTHING)
        if not is_folder(path):
            raise no_file(folder, "folder")
        wanted = validate_name(name, "project's name") if name else name_for_folder(str(path))
        try:
            return await self._database.write(lambda tx: _added(tx, str(path), wanted))
        except IntegrityError:
            # Another server made it, or one of that name, in the same moment.
            return await self._database.write(lambda tx: _added(tx, str(path), wanted))

    async def planned(self, caller: Caller, folder: str, name: str | None = None) -> tuple[Project, bool]:
        """Return the project of a folder and whether it is new: then it is not stored (``store_planned`` does that)."""
        found = await self.at(caller, folder)
        if found is not None:
            return found, False
        caller.require("configure", EVERYTHING)
        path = self.resolved(folder)
        if not is_folder(path):
            raise no_file(folder, "folder")
        wanted = validate_name(name, "project's name") if name else name_for_folder(str(path))
        free = await self._database.read(lambda tx: _free_name(tx, wanted))
        return Project(id=PROJECT_ID.new(), name=free, path=str(path), created_at=time.time()), True

    async def at(self, caller: Caller, folder: str) -> Project | None:
        """Return the project of a folder, None where there is none yet."""
        found = await self._database.read(lambda tx: projects.at_path(tx, str(self.resolved(folder))))
        if found is not None:
            caller.require("read", found.resource)
        return found

    async def name_at(self, caller: Caller, folder: str) -> str:
        """Return the name of the project of a folder: the one it has, or the one it would get."""
        found = await self.at(caller, folder)
        if found is not None:
            return found.name
        caller.require("read", EVERYTHING)
        wanted = name_for_folder(str(self.resolved(folder)))
        return await self._database.read(lambda tx: _free_name(tx, wanted))

    async def trigger_count(self, caller: Caller, project: Project) -> int:
        """Return how many triggers a project has."""
        caller.require("read", project.resource)
        return await self._database.read(lambda tx: projects.trigger_counts(tx).get(project.id, 0))

    def folder(self, project: Project) -> Path:
        """Return the project's folder, absolute."""
        return Path(project.path)

    def file(self, project: Project, call: str) -> Path:
        """Return the absolute path of the file that ``call`` names; raises NotFound (``call_not_found``)."""
        return self.file_at(project, parse_call(call).path)

    def file_at(self, project: Project, relative: str) -> Path:
        """Return the absolute path of a file of the project; raises NotFound (``call_not_found``)."""
        folder = Path(project.path)
        try:
            path = real_path(folder.joinpath(*PurePosixPath(relative).parts))
        except Invalid as error:
            raise NotFound(error.message, code="call_not_found") from None
        # A link may lead to another folder under the root, as in JupyterLab; the project's folder itself may not.
        within = self._follow_links or (folder.resolve() == folder and self._root in path.parents)
        within = within or folder in path.parents
        if not is_file(path) or not within:
            raise NotFound(
                f"There is no {relative!r} in {folder}: correct the path, or save the file first.",
                code="call_not_found",
            )
        return path

    def facts(self, project: Project, call: str) -> NotebookFacts | None:
        """Return what the called notebook declares; None for a Python file. Raises NotFound, Invalid."""
        path = self.file(project, call)
        return self._notebooks.inspect(path) if parse_call(call).is_notebook else None

    def names_in(self, project: Project, call: str) -> frozenset[str] | None:
        """Return the names that ``call`` can find in the program that it names; None where that does not show.

        Raises NotFound (``call_not_found``).
        """
        return self._notebooks.names_in(self.file(project, call))

    def inspect(self, caller: Caller, path: str) -> tuple[str, NotebookFacts]:
        """Return the project folder of a notebook and what it declares; raises NotFound, Invalid."""
        caller.require("read", EVERYTHING)
        target = self.resolved(path)
        if not is_file(target) or target.suffix.lower() != ".ipynb":
            raise no_file(path, "notebook")
        return self.locate(path)[0], self._notebooks.inspect(target)

    async def variables(self, caller: Caller, project: Project) -> list[Variable]:
        """Return a project's variables; a secret's value stays encrypted."""
        caller.require("read", project.resource)
        return await self._database.read(lambda tx: projects.variables_of(tx, project.id))

    async def set_variable(
        self, caller: Caller, project: Project, name: str, value: str | None, *, secret: bool,
        description: str | None = None,
    ) -> Variable:  # fmt: skip
        """Set a variable; a secret is encrypted before it is stored.

        None leaves the value, or the description, that is there. Raises Invalid (``name_invalid``,
        ``description_invalid``), NotFound (``variable_not_found``) for no value where none is there.
        """
        caller.require("configure", project.resource)

        def work(tx: Connection) -> Variable:
            stored = self.store_variable(tx, project, name, value, secret=secret, description=description)
            announce(tx, project.id, "updated", ProjectChange(name=project.name))
            return stored

        return await self._database.write(work)

    def store_variable(
        self, tx: Connection, project: Project, name: str, value: str | None, *, secret: bool, description: str | None
    ) -> Variable:
        """Do what ``set_variable`` does within ``tx``, without announcing it."""
        old = projects.variable(tx, project.id, name)
        if value is None:
            if old is None:
                raise no_variable(project.name, name)
            # What was kept secret is not shown by leaving it as it is.
            value, secret = self.opened(old), secret or old.secret
        if description is None:
            description = None if old is None else old.description
        variable = self.sealed(project, name, value, secret=secret, description=description)
        projects.set_variable(tx, variable)
        return variable

    async def remove_variable(self, caller: Caller, project: Project, name: str) -> None:
        """Delete a variable; raises NotFound (``variable_not_found``)."""
        caller.require("configure", project.resource)

        def work(tx: Connection) -> bool:
            found = projects.remove_variable(tx, project.id, name)
            if found:
                announce(tx, project.id, "updated", ProjectChange(name=project.name))
            return found

        if not await self._database.write(work):
            raise no_variable(project.name, name)

    def sealed(
        self, project: Project, name: str, value: str, *, secret: bool, description: str | None = None
    ) -> Variable:
        """Return a new variable, encrypted if it is a secret."""
        validate_name(name, "variable's name")
        variable_id = VARIABLE_ID.new()
        stored = self._cipher.encrypt(value, variable_id) if secret else value
        text = validate_description(description or "")
        return Variable(id=variable_id, project_id=project.id, name=name, value=stored, secret=secret, description=text)

    def masker(self, tx: Connection, project_id: str | None) -> Masker:
        """Return what hides the secrets of a project."""
        found = [] if project_id is None else projects.variables_of(tx, project_id)
        return Masker(self.opened(variable) for variable in found if variable.secret)

    def opened(self, variable: Variable) -> str:
        """Return a variable's value, decrypted: only for a session of its project."""
        return self._cipher.decrypt(variable.value, variable.id) if variable.secret else variable.value


def _added(tx: Connection, folder: str, wanted: str) -> Project:
    found = projects.at_path(tx, folder)
    if found is not None:
        return found
    name = _free_name(tx, wanted)
    project = Project(id=PROJECT_ID.new(), name=name, path=folder, created_at=time.time())
    store_planned(tx, project)
    return project


def store_planned(tx: Connection, project: Project) -> None:
    """Store a new project, and announce it; raises IntegrityError where its name or folder is taken."""
    projects.add(tx, project)
    announce(tx, project.id, "created", ProjectChange(name=project.name))


def _free_name(tx: Connection, wanted: str) -> str:
    name, number = wanted, 2
    while projects.get(tx, name) is not None:
        name, number = f"{wanted[:90]}-{number}", number + 1
    return name

"""What hides the secrets of all projects, where something tells of more than one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from notebook_automation.domain.errors import Unavailable
from notebook_automation.domain.masking import Masker
from notebook_automation.domain.projects import Variable
from notebook_automation.store import projects
from notebook_automation.store.database import Database

from .projects import Projects


class AllSecrets:
    """Keeps a masker, and makes another only when a secret was set or deleted since."""

    def __init__(self, database: Database, opener: Projects) -> None:
        self._database = database
        self._projects = opener
        self._known: frozenset[tuple[str, str]] = frozenset()
        self._masker = Masker()

    async def masker(self) -> Masker:
        """Return what hides every secret that there is now. Raises Unavailable."""
        found = await self._database.read(projects.all_secrets)
        known = frozenset((variable.id, variable.value) for variable in found)
        if known != self._known:
            self._masker = await asyncio.to_thread(self._made, found)
            self._known = known
        return self._masker

    def _made(self, found: Sequence[Variable]) -> Masker:
        opened: list[str] = []
        for variable in found:
            try:
                opened.append(self._projects.opened(variable))
            except Unavailable:
                # Encrypted with another key: nobody can use it either.
                continue
        return Masker(opened)

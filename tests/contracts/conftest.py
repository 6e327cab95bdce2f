"""Suites that every implementation of a port must pass; each implementation has a module that runs one."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("launcher")

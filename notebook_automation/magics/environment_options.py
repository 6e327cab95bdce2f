"""The environment of a kernel, as a magic's line gives it: kernelspec, variables, memory."""

from __future__ import annotations

import argparse
from typing import Any

from notebook_automation.sdk.errors import Invalid
from notebook_automation.sdk.literals import assignments


def add_environment_options(parser: argparse.ArgumentParser) -> None:
    """Add which kernel runs it, with what."""
    add = parser.add_argument
    add("--kernel", metavar="NAME", help="another kernel than the notebook's")
    add("--env", action="append", default=[], metavar="NAME=VALUE", help="set this for its kernel; repeatable")
    add(
        "--env-from",
        action="append",
        default=[],
        metavar="NAME[=VARIABLE]",
        help="set it to the value of a variable or secret of the project; repeatable",
    )
    add("--memory", metavar="SIZE", help="end it when it holds more than this: 2GiB")


def environment_fields(given: argparse.Namespace) -> dict[str, Any]:
    """Return the fields ``kernel_name``, ``env`` and ``memory``. Raises Invalid."""
    plain = assignments(given.env, "--env", literal=False)
    named = assignments(
        [text if "=" in text else f"{text}={text}" for text in given.env_from], "--env-from", literal=False
    )
    both = sorted(plain.keys() & named.keys())
    if both:
        raise Invalid(f"{both[0]} is given by --env and by --env-from: give it once.")
    env = {**plain, **{name: {"variable": variable} for name, variable in named.items()}}
    return {"kernel_name": given.kernel, "env": env, "memory": given.memory}

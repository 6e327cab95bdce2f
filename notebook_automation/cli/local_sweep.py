"""`run --sweep`: a sweep here and now, with no server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from notebook_automation.sdk.backfills import progress_text
from notebook_automation.sdk.sweeps import split_axes

if TYPE_CHECKING:
    from .single_process import SingleProcess


async def run_sweep(
    root: Path, file: Path, call: str, options: Mapping[str, Any], environment: Sequence[str], *, paired: bool,
    at_once: int, quiet: bool, stopping: Callable[[], AbstractContextManager[object]],
) -> dict[str, Any]:  # fmt: skip
    """Run ``call`` once for each combination to the end of all; return the group with its ``results``.

    ``stopping`` lets SIGTERM do what Ctrl-C does: all is stopped, and what came of it so far is returned.
    """
    split = split_axes(options["parameters"])
    with stopping():
        from .single_process import SingleProcess

        async with SingleProcess(root, file, options["kernel_name"], environment) as process:
            from notebook_automation.domain.session_options import asked_options
            from notebook_automation.services.sweeps import SweepWish

            rest = {name: value for name, value in options.items() if name != "parameters"}
            wish = SweepWish(
                axes=split["sweep"], paired=paired, parameters=split["parameters"], at_once=at_once,
                options=asked_options(**rest),
            )  # fmt: skip
            group_id = await process.start_sweep(call, wish)
            try:
                group = await process.follow_sweep(group_id, _progress(quiet))
            except asyncio.CancelledError:
                group = await _stopped(process, group_id)
            return {**group, "results": await process.sweep_results(group_id)}


async def _stopped(process: SingleProcess, group_id: str) -> Mapping[str, Any]:
    task = asyncio.current_task()
    assert task is not None
    task.uncancel()
    click.secho("Stopping all of it; what has completed is kept.", fg="yellow", err=True)
    await process.cancel_sweep(group_id)
    return await process.follow_sweep(group_id, lambda group: None)


def _progress(quiet: bool) -> Callable[[Mapping[str, Any]], None]:
    said = ""

    def say(group: Mapping[str, Any]) -> None:
        nonlocal said
        text = progress_text(group)
        if text != said and not quiet:
            click.echo(text, err=True)
        said = text

    return say

"""The machine's zone has a name that schedules take, whatever the machine says of itself."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from notebook_automation.domain.schedules.zones import zone_of

CODE = "from notebook_automation.adapters.machine_zone import machine_zone as zone; print(zone())"


def machine_zone(**variables: str) -> str:
    """Return what a process of its own finds: a process looks once."""
    kept = {name: value for name, value in os.environ.items() if name != "TZ"}
    done = subprocess.run(
        [sys.executable, "-c", CODE], env=kept | variables, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("Etc/UTC", "UTC"),
        # No names: a rule in POSIX's way, a typo.
        ("CET-1CEST,M3.5.0,M10.5.0/3", "UTC"),
        ("Mars/Olympus", "UTC"),
    ],
)
def test_the_variable_tz_decides(said: str, zone: str) -> None:
    assert machine_zone(TZ=said) == zone


def test_without_it_the_system_does() -> None:
    assert zone_of(machine_zone())

"""jupyter-scheduler in the same server: a job from its request to its end."""

from __future__ import annotations

import time

import httpx

from tests.benchmarks.costs import Cost, tree_cpu
from tests.serving import Server

OPTIONS = ("--ServerApp.jpserver_extensions=jupyter_scheduler=True",)
_PAUSE = 0.05
_PATIENCE = 60.0


def job(server: Server, path: str) -> Cost:
    """Run a notebook at once. Raises httpx.HTTPError, RuntimeError where that cannot be."""
    headers = {"Authorization": f"token {server.token}"}
    with httpx.Client(base_url=f"{server.url}scheduler/", headers=headers, timeout=60, trust_env=False) as client:
        [environment, *_] = client.get("runtime_environments").raise_for_status().json()
        cpu, began = tree_cpu(), time.perf_counter()
        asked = {"input_uri": path, "name": "benchmark", "runtime_environment_name": environment["name"]}
        made = client.post("jobs", json={**asked, "output_formats": ["ipynb"]}).raise_for_status().json()["job_id"]
        while time.perf_counter() - began < _PATIENCE:
            status = client.get(f"jobs/{made}").raise_for_status().json()["status"]
            if status == "COMPLETED":
                return Cost(time.perf_counter() - began, tree_cpu() - cpu)
            # "STOPPED" is also what a job is before it has begun.
            if status == "FAILED":
                break
            time.sleep(_PAUSE)
    raise RuntimeError(f"the job is {status}")

"""The provisioner starts a kernel plain wherever it is in doubt; forked ones are in `test_forkserver_kernels`."""

from __future__ import annotations

from jupyter_client.kernelspec import KernelSpec

from notebook_automation.forkserver import ForkServerProvisioner


async def test_a_kernel_without_a_manager_starts_plain():
    kernelspec = KernelSpec(argv=["sleep"], language="bash")
    provisioner = ForkServerProvisioner(kernel_id="1", kernel_spec=kernelspec, parent=None)
    assert await provisioner._server_for({}) is None
    assert provisioner.reasons == ["started without a kernel manager"]

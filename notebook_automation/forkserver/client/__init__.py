"""The side that asks for forked processes: which are safe to fork, the servers in use, the kernel provisioner."""

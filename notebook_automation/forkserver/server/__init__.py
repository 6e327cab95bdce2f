"""The fork server's own side: runs under the kernelspec's interpreter and needs only the standard library."""

"""One attempt of a session: its workspace, its kernel, its progress and lease, its results."""

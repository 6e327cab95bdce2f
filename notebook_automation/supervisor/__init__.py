"""The child of the active server that claims sessions, and keeps runners, kernels and handlers ready for them."""

"""The only place that builds the objects and wires them together: import what you need from its modules."""

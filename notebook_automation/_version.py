"""The version of the package, and of the front end that it carries."""

__version__ = "0.1.0"

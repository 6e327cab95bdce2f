"""Handlers of the logging module: made again with their stream or file, level, format and filters."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator
from typing import Any

from .errors import CannotSave
from .live import LIVE

_STANDARD = ("stdout", "stderr")
_KEPT = ("level", "formatter", "filters")


def reduced_handler(handler: logging.Handler) -> Any:
    """Return how a handler is made again. Raises CannotSave for kinds that nothing here knows."""
    state = {name: getattr(handler, name) for name in _KEPT} | {"name": handler.get_name()}
    if type(handler) is logging.NullHandler:
        return logging.NullHandler, (), state, None, None, set_up_handler
    if type(handler) is logging.StreamHandler:
        return make_stream_handler, _stream(handler.stream), state, None, None, set_up_handler
    if type(handler) is logging.FileHandler:
        return make_file_handler, _file(handler), state, None, None, set_up_handler
    raise CannotSave(
        f"a {type(handler).__name__}, a handler of the logging module, which is registered with the process"
    )


def set_up_handler(handler: logging.Handler, state: dict[str, Any]) -> None:
    """Give a handler what it had."""
    handler.set_name(state["name"])
    for name in _KEPT:
        setattr(handler, name, state[name])


def make_stream_handler(stream: Any) -> logging.Handler:
    """Return a handler that writes to a stream; its name stands for one of the process."""
    return logging.StreamHandler(getattr(sys, stream) if isinstance(stream, str) else stream)


def make_file_handler(path: str, position: int | None, options: dict[str, Any]) -> logging.Handler:
    """Return a handler that goes on with its file; what came after ``position`` was of a cell that did not end."""
    if LIVE.rehearsing:
        return logging.FileHandler(path, **options, mode="a", delay=True)
    if position is not None and os.path.exists(path) and os.path.getsize(path) > position:
        os.truncate(path, position)
    return logging.FileHandler(path, **options, mode="a", delay=position is None)


def loggers() -> Iterator[tuple[str, logging.Logger]]:
    """Give each logger that has handlers, by its name."""
    for name, logger in [("root", logging.root), *logging.root.manager.loggerDict.items()]:
        if isinstance(logger, logging.Logger) and logger.handlers:
            yield name, logger


def is_known(handler: logging.Handler) -> bool:
    """Whether it is one of the logging module: those of other libraries come with these again."""
    return type(handler).__module__ in ("logging", "logging.handlers", "__main__")


def _stream(stream: Any) -> tuple[Any]:
    for name in _STANDARD:
        if stream is getattr(sys, name) or stream is getattr(sys, f"__{name}__"):
            return (name,)
    return (stream,)


def _file(handler: logging.FileHandler) -> tuple[str, int | None, dict[str, Any]]:
    options = {"encoding": handler.encoding, "errors": handler.errors}
    stream: Any = handler.stream
    if stream is None:
        return handler.baseFilename, None, options
    handler.flush()
    return handler.baseFilename, os.fstat(stream.fileno()).st_size, options

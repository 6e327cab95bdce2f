"""DataFrames and arrays as files: pandas, polars, and what behaves like them; written in pieces, not in memory."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import IO, Any

from .artifact_file import ArtifactFile, with_suffix
from .errors import Invalid

_MEMORY = 8 * 1024 * 1024
"""Bytes that a table may take in memory while it is written; a larger one goes on in a temporary file."""
_CHUNK = 10_000
"""Rows that are turned into text at a time."""
_DESCRIBED = 100
"""Columns up to which each one's type is described."""


def table_file(value: Any, name: str) -> ArtifactFile | None:
    """Return ``value`` as a table file, or None if it is no table."""
    if _is_array(value):
        return None if _holds_objects(value) else _array_file(value, name)
    frame = _frame_of(value)
    return None if frame is None else _frame_file(frame, name)


def _is_array(value: Any) -> bool:
    """Return whether ``value`` is an array of NumPy with at least one dimension."""
    return _library_of(value) == "numpy" and hasattr(value, "tobytes") and bool(getattr(value, "ndim", None))


def _frame_of(value: Any) -> Any:
    """Return the data frame that ``value`` is or stands for (a series, a lazy frame), or None."""
    if hasattr(value, "to_frame") and hasattr(value, "to_csv") and not hasattr(value, "columns"):
        value = value.to_frame()
    if _library_of(value) == "polars":
        value = _polars_frame(value)
    has_shape = hasattr(value, "columns") and hasattr(value, "shape")
    return value if has_shape and (hasattr(value, "to_csv") or hasattr(value, "write_csv")) else None


def _polars_frame(value: Any) -> Any:
    if hasattr(value, "collect"):
        value = value.collect()
    return value.to_frame() if hasattr(value, "to_frame") and not hasattr(value, "columns") else value


def _library_of(value: Any) -> str:
    return type(value).__module__.partition(".")[0]


def _frame_file(frame: Any, name: str) -> ArtifactFile:
    name = with_suffix(name, ".csv", ".tsv", ".parquet", ".json", ".html", ".xlsx")
    stream = tempfile.SpooledTemporaryFile(max_size=_MEMORY)  # noqa: SIM115 (the caller closes it when it is sent)
    try:
        _write(frame, Path(name).suffix.lower(), stream)
    except ImportError as error:
        stream.close()
        raise Invalid(f"{name} needs a library that is not installed: {error}", code="artifact_value") from None
    return ArtifactFile.of_stream(stream, name, meta=_description(frame))


def _write(frame: Any, suffix: str, stream: IO[bytes]) -> None:
    if hasattr(frame, "write_csv"):
        _write_polars(frame, suffix, stream)
        return
    index = _index_has_meaning(frame)
    if suffix in (".csv", ".tsv"):
        text = io.TextIOWrapper(stream, encoding="utf-8", newline="", write_through=True)
        frame.to_csv(text, index=index, chunksize=_CHUNK, sep="\t" if suffix == ".tsv" else ",")
        text.detach()
    elif suffix == ".parquet":
        stream.write(frame.to_parquet(None, index=index))
    elif suffix == ".json":
        stream.write(frame.to_json(None, orient="records", date_format="iso").encode())
    elif suffix == ".html":
        stream.write(frame.to_html(None, index=index).encode())
    elif suffix == ".xlsx":
        frame.to_excel(stream, index=index)
    else:
        raise _no_format(suffix)


def _write_polars(frame: Any, suffix: str, stream: IO[bytes]) -> None:
    if suffix in (".csv", ".tsv"):
        frame.write_csv(stream, separator="\t" if suffix == ".tsv" else ",", batch_size=_CHUNK)
    elif suffix == ".parquet":
        frame.write_parquet(stream)
    elif suffix == ".json":
        frame.write_json(stream)
    elif suffix == ".html":
        stream.write(frame._repr_html_().encode())
    elif suffix == ".xlsx":
        frame.write_excel(stream)
    else:
        raise _no_format(suffix)


def _no_format(suffix: str) -> Invalid:
    return Invalid(
        f"A table cannot be written as {suffix}: use .csv, .tsv, .parquet, .json, .html or .xlsx.",
        code="artifact_value",
    )


def _index_has_meaning(frame: Any) -> bool:
    """Return whether the index says more than the number of a row."""
    index = getattr(frame, "index", None)
    if index is None:
        return False
    names = [name for name in getattr(index, "names", ()) if name is not None]
    return bool(names) or getattr(index, "nlevels", 1) > 1 or getattr(index.dtype, "kind", "O") not in "iu"


def _description(frame: Any) -> dict[str, Any]:
    rows, columns = frame.shape
    description: dict[str, Any] = {"rows": int(rows), "columns": int(columns)}
    if columns <= _DESCRIBED:
        types = frame.dtypes.tolist() if hasattr(frame.dtypes, "tolist") else frame.dtypes
        description["dtypes"] = {str(name): str(kind) for name, kind in zip(frame.columns, types, strict=True)}
    return description


def _holds_objects(array: Any) -> bool:
    # These would be pickled, and a pickle is code.
    return bool(array.dtype.hasobject)


def _array_file(array: Any, name: str) -> ArtifactFile:
    import numpy

    name = name if name.endswith(".npy") else name + ".npy"
    stream = tempfile.SpooledTemporaryFile(max_size=_MEMORY)  # noqa: SIM115 (the caller closes it when it is sent)
    numpy.lib.format.write_array(stream, array, allow_pickle=False)
    return ArtifactFile.of_stream(stream, name, meta={"shape": list(array.shape), "dtype": str(array.dtype)})

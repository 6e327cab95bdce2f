"""DataFrames and arrays as files: pandas, polars, and what behaves like them; written in pieces, not in memory."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import IO, Any

from .artifact_file import ArtifactFile, required_suffix, with_suffix
from .errors import Invalid

_MEMORY = 8 * 1024 * 1024
"""Bytes that a table may take in memory while it is written; a larger one goes on in a temporary file."""
_CHUNK = 10_000
"""Rows that are turned into text at a time."""
_FORMATS = (".csv", ".tsv", ".parquet", ".arrow", ".feather", ".json", ".html", ".xlsx")
_DESCRIBED = 100
"""Columns up to which each one's type is described."""


def table_file(value: Any, name: str) -> ArtifactFile | None:
    """Return ``value`` as a table file, or None if it is no table."""
    if _is_array(value):
        return None if _holds_objects(value) else _array_file(value, name)
    frame = frame_of(value)
    return None if frame is None else _frame_file(frame, name)


def _is_array(value: Any) -> bool:
    """Return whether ``value`` is an array of NumPy with at least one dimension."""
    return _library_of(value) == "numpy" and hasattr(value, "tobytes") and bool(getattr(value, "ndim", None))


def frame_of(value: Any) -> Any:
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
    name = with_suffix(name, *_FORMATS)
    suffix = required_suffix(name, "A table", _FORMATS)
    stream = tempfile.SpooledTemporaryFile(max_size=_MEMORY)  # noqa: SIM115 (the caller closes it when it is sent)
    try:
        _write(frame, suffix, stream)
    except ImportError as error:
        stream.close()
        raise Invalid(
            f"{name} needs a library that is not installed: {error} (or write it as .csv)", code="artifact_value"
        ) from None
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
        # Neither of the next two formats has a place for an index but a column.
        stream.write(_with_index(frame, index=index).to_json(None, orient="records", date_format="iso").encode())
    elif suffix in (".arrow", ".feather"):
        _with_index(frame, index=index).to_feather(stream)
    elif suffix == ".html":
        stream.write(frame.to_html(None, index=index).encode())
    elif suffix == ".xlsx":
        frame.to_excel(stream, index=index)


def _write_polars(frame: Any, suffix: str, stream: IO[bytes]) -> None:
    if suffix in (".csv", ".tsv"):
        frame.write_csv(stream, separator="\t" if suffix == ".tsv" else ",", batch_size=_CHUNK)
    elif suffix == ".parquet":
        frame.write_parquet(stream)
    elif suffix == ".json":
        frame.write_json(stream)
    elif suffix == ".html":
        stream.write(frame._repr_html_().encode())
    elif suffix in (".arrow", ".feather"):
        frame.write_ipc(stream)
    elif suffix == ".xlsx":
        frame.write_excel(stream)


def _index_has_meaning(frame: Any) -> bool:
    """Return whether the index says more than the number of a row: it is not the one that pandas counts by itself."""
    index = getattr(frame, "index", None)
    if index is None:
        return False
    names = [name for name in getattr(index, "names", ()) if name is not None]
    return bool(names) or (getattr(index, "start", None), getattr(index, "step", None)) != (0, 1)


def _with_index(frame: Any, *, index: bool) -> Any:
    """Return ``frame`` with its index as columns, under names that no other column has."""
    if not index:
        return frame
    taken = {str(name) for name in frame.columns}
    names = []
    levels = list(frame.index.names)
    for number, level in enumerate(levels):
        name = str(level) if level is not None else "index" if len(levels) == 1 else f"level_{number}"
        while name in taken:
            name += "_"
        taken.add(name)
        names.append(name)
    return frame.reset_index(names=names)


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


_ARRAY_FORMATS = (".npy", ".npz", ".csv", ".tsv", ".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif")


def _array_file(array: Any, name: str) -> ArtifactFile:
    import numpy

    name = with_suffix(name, *_ARRAY_FORMATS)
    suffix = required_suffix(name, "An array", _ARRAY_FORMATS)
    meta = {"shape": list(array.shape), "dtype": str(array.dtype)}
    if suffix not in (".npy", ".npz", ".csv", ".tsv"):
        return _image_of(array, name, meta)
    stream = tempfile.SpooledTemporaryFile(max_size=_MEMORY)  # noqa: SIM115 (the caller closes it when it is sent)
    if suffix == ".npy":
        numpy.lib.format.write_array(stream, array, allow_pickle=False)
    elif suffix == ".npz":
        numpy.savez_compressed(stream, array)
    elif array.ndim > 2:
        raise Invalid(f"An array of {array.ndim} dimensions cannot be written as {suffix}: use .npy.",
                      code="artifact_value")  # fmt: skip
    else:
        numpy.savetxt(stream, array, fmt="%s", delimiter="\t" if suffix == ".tsv" else ",")
    return ArtifactFile.of_stream(stream, name, meta=meta)


def _image_of(array: Any, name: str, meta: dict[str, Any]) -> ArtifactFile:
    """Return an array of bytes, rows × columns (× 3 or 4), as an image file."""
    try:
        from PIL import Image

        image = Image.fromarray(array)
        image.save(stream := io.BytesIO(), format=Image.registered_extensions()[Path(name).suffix.lower()])
    except ImportError:
        raise Invalid(
            f"{name} needs a library that is not installed: pip install pillow", code="artifact_value"
        ) from None
    except (TypeError, ValueError, OSError, KeyError) as error:
        raise Invalid(
            f"{name} cannot be made of an array of {meta['dtype']} with the shape {tuple(meta['shape'])}: an image is "
            f"rows × columns (× 3 or 4) of uint8. ({error})",
            code="artifact_value",
        ) from None
    return ArtifactFile.of_bytes(stream.getvalue(), name, meta=meta)

"""Figures and images as files: Matplotlib, Plotly, Altair, Pillow, and what behaves like them."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

from .artifact_file import ArtifactFile, with_suffix
from .errors import Invalid


def figure_file(value: Any, name: str) -> ArtifactFile | None:
    """Return ``value`` as an image or a page, or None if it is no figure."""
    figure = _figure_of(value)
    if figure is not None:
        return _matplotlib_file(figure, name)
    if hasattr(value, "to_plotly_json") and hasattr(value, "to_html"):
        return _plotly_file(value, name)
    if hasattr(value, "to_html") and hasattr(value, "to_dict") and hasattr(value, "mark_point"):
        return ArtifactFile.of_bytes(value.to_html().encode(), with_suffix(name, ".html"), text=True)
    if hasattr(value, "save") and hasattr(value, "mode") and hasattr(value, "getbands"):
        return _pillow_file(value, name)
    return None


def _figure_of(value: Any) -> Any:
    """Return the Matplotlib figure that ``value`` is or belongs to (axes, an array of axes, a grid of Seaborn's)."""
    if isinstance(value, type):
        return None
    if type(value).__module__.startswith("numpy") and getattr(value, "size", None) and hasattr(value, "flat"):
        value = next(iter(value.flat))
    if hasattr(value, "savefig") and hasattr(value, "get_size_inches"):
        return value
    figure = getattr(value, "figure", None)
    return figure if hasattr(figure, "savefig") and hasattr(figure, "get_size_inches") else None


def _matplotlib_file(figure: Any, name: str) -> ArtifactFile:
    name = with_suffix(name, ".png")
    suffix = Path(name).suffix.lower().lstrip(".")
    supported = figure.canvas.get_supported_filetypes()
    if suffix not in supported:
        raise Invalid(
            f"A figure cannot be written as .{suffix}: use one of {', '.join(supported)}.", code="artifact_value"
        )
    buffer = io.BytesIO()
    figure.savefig(buffer, format=suffix, bbox_inches="tight")
    width, height = (float(inches) for inches in figure.get_size_inches())
    return ArtifactFile.of_bytes(
        buffer.getvalue(), name, meta={"width": round(width * figure.dpi), "height": round(height * figure.dpi)}
    )


def _plotly_file(figure: Any, name: str) -> ArtifactFile:
    name = with_suffix(name, ".html")
    if name.lower().endswith(".json"):
        return ArtifactFile.of_bytes(figure.to_json().encode(), name, text=True)
    if name.lower().endswith(".html"):
        # The page holds its own copy of the library: it is shown where scripts of other sites are not loaded.
        return ArtifactFile.of_bytes(figure.to_html(include_plotlyjs=True).encode(), name, text=True)
    try:
        return ArtifactFile.of_bytes(figure.to_image(format=Path(name).suffix.lower().lstrip(".")), name)
    except (ValueError, RuntimeError, ImportError) as error:
        raise Invalid(f"{name} cannot be made from a Plotly figure: {error}", code="artifact_value") from None


def _pillow_file(image: Any, name: str) -> ArtifactFile:
    name = with_suffix(name, ".png")
    suffix = Path(name).suffix.lower().lstrip(".")
    buffer = io.BytesIO()
    try:
        image.save(buffer, format={"jpg": "jpeg", "tif": "tiff"}.get(suffix, suffix))
    except (KeyError, OSError) as error:
        raise Invalid(f"{name} cannot be made from this image: {error}.", code="artifact_value") from None
    width, height = image.size
    return ArtifactFile.of_bytes(buffer.getvalue(), name, meta={"width": int(width), "height": int(height)})

"""The scripts that a report's page may need, by name: those packed with this product, and those that Python packages
of this machine bring. Nothing is imported."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

PACKED = Path(__file__).parent / "page_scripts"
"""What the front end's build leaves; where that was not run, reports do without."""

_ANY_HOST = r"(?:cdn\.jsdelivr\.net|unpkg\.com|cdnjs\.cloudflare\.com)/(?:.*/)?"
_VERSION = r"(?:@[\w.^~-]+)?"
_ADDRESSES = [
    (re.compile(pattern, re.IGNORECASE), library)
    for pattern, library in (
        (rf"{_ANY_HOST}(vega|vega-lite|vega-embed){_VERSION}", r"\1"),
        (rf"{_ANY_HOST}(vega|vega-lite|vega-embed)(?:\.min)?\.js", r"\1"),
        (r"cdn\.plot\.ly/plotly(?:-[a-z]+)*-(?:latest|\d[\w.-]*?)(?:\.min)?(?:\.js)?", "plotly"),
        (r"cdn\.bokeh\.org/bokeh/\w+/(bokeh(?:-[a-z]+)?)-(\d[\w.]*?)(?:\.min)?\.js", r"\1@\2"),
        (rf"{_ANY_HOST}mathjax[^/]*/(?:.*/)?[\w.-]+\.js", "mathjax"),
        (rf"{_ANY_HOST}require\.?(?:js)?{_VERSION}(?:/.*\.js)?", "require"),
    )
]

_AMD_NAMES = {"vega": "vega", "vega-lite": "vegaLite", "vega-embed": "vegaEmbed", "plotly": "Plotly"}
"""What scripts that load by `require` call a library: the name it has in the page."""


def library_of(address: str) -> str | None:
    """Return the name of the library that ``address`` leads to; None for one that is not known."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    place = f"{parts.netloc}{parts.path}"
    for pattern, library in _ADDRESSES:
        if found := pattern.fullmatch(place):
            return found.expand(library).lower()
    return None


def library_script(name: str, folders: Sequence[Path] = ()) -> str | None:
    """Return a library as a script that may stand in a page; None where it is not on this machine.

    Packages of ``folders`` (site-packages of the kernel, say) come before those of this process.
    """
    library, _, version = name.partition("@")
    if library == "plotly":
        places = [folder / "package_data" / "plotly.min.js" for folder in _package_folders("plotly", folders)]
    elif library.startswith("bokeh"):
        # Figures are drawn by the very version that wrote them.
        places = [
            folder / "server" / "static" / "js" / f"{library}.min.js"
            for folder in _package_folders("bokeh", folders)
            if (folder.parent / f"bokeh-{version}.dist-info").is_dir()
        ]
    else:
        places = [PACKED / f"{library}.js"]
    for place in places:
        try:
            return _in_page(place.read_text(encoding="utf-8")) + (_amd_modules() if library == "require" else "")
        except OSError:
            continue
    return None


def site_packages(argv: Sequence[str]) -> list[Path]:
    """Return the folders of Python packages of a kernel that is started by ``argv``; none where they are not known."""
    if not argv or not Path(argv[0]).is_absolute():
        return []
    prefix = Path(argv[0]).parent.parent
    return [*prefix.glob("lib/python3*/site-packages"), *prefix.glob("Lib/site-packages")]


def _package_folders(package: str, folders: Sequence[Path]) -> list[Path]:
    found = find_spec(package)
    own = list(found.submodule_search_locations or []) if found is not None else []
    return [*(folder / package for folder in folders), *map(Path, own)]


def _in_page(script: str) -> str:
    # In a page "</script" would end it and "<!--" open a comment; in a script they only stand in texts.
    return re.sub(r"<(?=/script|script|!--)", r"\\x3c", script, flags=re.IGNORECASE)


def _amd_modules() -> str:
    """Return what gives those who load by `require` the libraries that are in the page already."""
    names = "".join(
        f'if (window.{glob}) define("{name}", function () {{ return window.{glob}; }});'
        for name, glob in _AMD_NAMES.items()
    )
    return f"\n;{names}"

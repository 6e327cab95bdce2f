"""What a report's page loads from elsewhere, taken into the page: only what the report uses."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nbformat import NotebookNode

from .report_libraries import library_of, library_script

EMPTY = "data:text/javascript,"
"""The address of a script that does nothing: whoever waits for a library's script to load finds that it did."""

_ADDRESS = re.compile(r"""https://[\w.-]+/[^\s"'`<>\\]{1,300}""")
_TAG = re.compile(r"<script\b[^<>]{0,2000}>", re.IGNORECASE)
_GUARD = re.compile(r"""\s(?:integrity|crossorigin)(?:=(?:"[^"]*"|'[^']*'))?""", re.IGNORECASE)
_MATH = re.compile(r"\$(?:[^$\n]|\n(?!\s*\n))+\$|\\\(|\\\[|\\begin\{")
_NO_MATH = re.compile(r"(?is)<(script|style|pre|code)\b.*?</\1\s*>|<[^<>]*>")
_CODE = re.compile(r"(?s)```.*?```|`[^`]*`")
_FORMULA_IN_SCRIPT = re.compile(r'"\$[^"$\n]{1,300}\$|\$\$|\\\\\(')
_MERMAID = re.compile(r"^\s*(?:```|~~~)\s*mermaid\b", re.MULTILINE)
_REQUIRES = re.compile(r"\brequire(?:js)?\s*(?:\.config\s*)?\(\s*[\[{]")

_ORDER = ("mathjax", "mermaid", "widgets", "plotly", "vega", "vega-lite", "vega-embed", "bokeh", "require")
"""Each after those it builds on; `require` last, as the others would register with it and not with the page."""

_BEFORE = {
    "mathjax": """window.MathJax = {
  tex: {inlineMath: [["$", "$"], ["\\\\(", "\\\\)"]], displayMath: [["$$", "$$"], ["\\\\[", "\\\\]"]],
        processEscapes: true, processEnvironments: true, tags: "ams"},
  svg: {fontCache: "global"}, options: {enableMenu: false}
};
""",
}
_AFTER = {
    # Widgets ask as one asked MathJax 2.
    "mathjax": """
;MathJax.Hub = {Queue: what => MathJax.startup.promise.then(() => MathJax.typesetPromise([what[2]]))};""",
    # nbconvert's part of the page draws.
    "mermaid": "\n;mermaid.initialize({startOnLoad: false});",
}


def take_in_scripts(nb: NotebookNode, used: set[str], folders: Sequence[Path] = ()) -> dict[str, str]:
    """Return the scripts of the libraries that ``nb`` needs, besides ``used``, by name and in their order.

    In ``nb``'s outputs the addresses of those that are there become ones that load nothing.
    """
    wanted = used | set(_needs_of_text(nb))
    scripts: dict[str, str | None] = {}

    def is_there(name: str) -> bool:
        if name not in scripts:
            scripts[name] = library_script(name, folders)
        return scripts[name] is not None

    for data in _shown(nb):
        for kind in ("text/html", "application/javascript"):
            if isinstance(data.get(kind), str):
                data[kind], found = _without_addresses(data[kind], is_there)
                wanted |= found
    chosen = sorted(filter(is_there, wanted), key=_place)
    return {name: f"{_BEFORE.get(name, '')}{scripts[name]}{_AFTER.get(name, '')}" for name in chosen}


def _without_addresses(text: str, is_there: Callable[[str], bool]) -> tuple[str, set[str]]:
    """Return an output's ``text`` without the addresses of known libraries, and which of them it needs."""
    named: set[str] = set()
    formulas = _FORMULA_IN_SCRIPT.search(text) is not None

    def replaced(found: re.Match[str]) -> str:
        library = library_of(found[0])
        if library is None or not is_there(library):
            return found[0]
        named.add(library)
        return EMPTY

    text = _ADDRESS.sub(replaced, text)
    if not named:
        return text, {"require"} if _REQUIRES.search(text) else set()
    text = _TAG.sub(lambda tag: _GUARD.sub("", tag[0]) if EMPTY in tag[0] else tag[0], text)
    # What draws formulas is named by many that have none.
    return text, {name for name in named if formulas or "mathjax" not in name}


def _needs_of_text(nb: NotebookNode) -> Iterator[str]:
    """Yield what the cells' and outputs' own text needs."""
    texts = [_CODE.sub("", cell.source) for cell in nb.cells if cell.cell_type == "markdown"]
    for data in _shown(nb):
        texts.extend(str(data[kind]) for kind in ("text/markdown", "text/latex") if kind in data)
        if isinstance(data.get("text/html"), str):
            texts.append(_NO_MATH.sub("\n\n", data["text/html"]))
    texts.extend(_texts(nb.metadata.get("widgets", {})))
    if any(_MATH.search(text) for text in texts):
        yield "mathjax"
    if any(_MERMAID.search(cell.source) for cell in nb.cells if cell.cell_type == "markdown"):
        yield "mermaid"


def _shown(nb: NotebookNode) -> Iterator[NotebookNode]:
    for cell in nb.cells:
        for output in cell.get("outputs", []):
            if "data" in output:
                yield output["data"]


def _texts(value: Any) -> Iterator[str]:
    """Yield the texts in ``value``, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(inner)


def _place(name: str) -> tuple[int, str]:
    library = name.partition("@")[0]
    return _ORDER.index("bokeh" if library.startswith("bokeh") else library), library

"""Addresses of libraries are known by their form; what is no script of theirs is left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from notebook_automation.execution.report_libraries import PACKED, library_of, library_script, site_packages


@pytest.mark.parametrize(
    ("address", "library"),
    [
        ("https://cdn.jsdelivr.net/npm/vega@6?noext", "vega"),
        ("https://cdn.jsdelivr.net/npm/vega-lite@5.20.1", "vega-lite"),
        ("https://unpkg.com/vega-embed@6/build/vega-embed.min.js", "vega-embed"),
        ("https://cdnjs.cloudflare.com/ajax/libs/vega/5.20.2/vega.min.js", "vega"),
        ("https://cdn.plot.ly/plotly-3.0.0.min.js", "plotly"),
        ("https://cdn.plot.ly/plotly-latest.min", "plotly"),
        ("https://cdn.bokeh.org/bokeh/release/bokeh-3.9.2.min.js", "bokeh@3.9.2"),
        ("https://cdn.bokeh.org/bokeh/release/bokeh-widgets-3.9.2.min.js", "bokeh-widgets@3.9.2"),
        ("https://cdn.bokeh.org/bokeh/dev/bokeh-3.10.0rc1.js", "bokeh@3.10.0rc1"),
        ("https://cdnjs.cloudflare.com/ajax/libs/mathjax/2.7.5/MathJax.js?config=TeX-AMS-MML_SVG", "mathjax"),
        ("https://cdn.jsdelivr.net/npm/mathjax@3/es5/tex-svg.min.js", "mathjax"),
        ("https://cdnjs.cloudflare.com/ajax/libs/require.js/2.3.6/require.min.js", "require"),
        ("https://vega.github.io/schema/vega-lite/v6.4.1.json", None),
        ("https://cdn.jsdelivr.net/npm/vega@6/+esm", None),
        ("https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.js", None),
        ("https://example.org/vega@6", None),
        ("https://cdn.jsdelivr.net.example.org/npm/vega@6", None),
        ("https://[::1/vega", None),
    ],
)
def test_addresses_of_libraries_are_known(address: str, library: str | None) -> None:
    assert library_of(address) == library


@pytest.mark.parametrize("name", ["mathjax", "mermaid", "require", "vega", "vega-lite", "vega-embed", "widgets"])
def test_what_is_packed_is_there_with_its_licence_and_ends_no_page(name: str) -> None:
    script = library_script(name)
    assert script is not None, 'Run "jlpm install && jlpm report" in labextension/.'
    assert not any(end in script.lower() for end in ("</script", "<script", "<!--"))
    assert "icen" in (PACKED / f"{name}.LICENSE.txt").read_text(encoding="utf-8")


def test_bokeh_is_taken_from_the_kernels_packages_and_only_in_the_version_that_drew(tmp_path: Path) -> None:
    packages = tmp_path / "lib" / "python3.12" / "site-packages"
    scripts = packages / "bokeh" / "server" / "static" / "js"
    scripts.mkdir(parents=True)
    (packages / "bokeh-9.9.9.dist-info").mkdir()
    (scripts / "bokeh-gl.min.js").write_text("'</script>'")
    folders = site_packages([str(tmp_path / "bin" / "python"), "-m", "ipykernel_launcher"])
    assert folders == [packages]
    assert library_script("bokeh-gl@9.9.9", folders) == "'\\x3c/script>'"
    assert library_script("bokeh-gl@9.9.8", folders) is None
    assert site_packages(["python"]) == site_packages([]) == []

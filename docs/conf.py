"""How Sphinx builds the site: ``sphinx-build -W --keep-going -b html docs build/docs``.

The pages are Markdown that also reads well on a plain git host; the gallery runs the scripts of
``docs/examples`` while it is built; the reference is made of the docstrings. What is built asks
nothing of any other host: no web fonts, no badges, and formulas as MathML.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

if TYPE_CHECKING:
    from sphinx.application import Sphinx

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

# As the command does: one thread of linear algebra is faster for matrices of a few hundred numbers.
for library in ("OPENBLAS", "MKL", "OMP"):
    os.environ.setdefault(f"{library}_NUM_THREADS", "1")

import peakwright  # noqa: E402

project = "peakwright"
author = "The peakwright developers"
project_copyright = "The peakwright developers, BSD-3-Clause"
version = release = peakwright.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["examples/*"]
suppress_warnings = ["config.cache"]  # the gallery's configuration holds functions
nitpicky = False

# --- Markdown -------------------------------------------------------------------------------------

myst_heading_anchors = 4
myst_url_schemes = ("https", "mailto")

# --- The reference --------------------------------------------------------------------------------

autodoc_default_options = {
    "members": True,
    "imported-members": True,
    "exclude-members": "model_config, model_post_init",  # pydantic's business
}
autodoc_member_order = "groupwise"
autodoc_typehints = "none"  # the docstrings say types, shapes and units
autodoc_preserve_defaults = True
napoleon_google_docstring = False
napoleon_custom_sections = [("Attributes", "params_style")]
napoleon_use_rtype = False
python_use_unqualified_type_names = True
add_module_names = False

# --- The gallery ----------------------------------------------------------------------------------

SHOWN: WeakSet[Any] = WeakSet()
"""Figures that have been put on a page."""


def figures(_block: Any, variables: dict[str, Any], gallery: dict[str, Any]) -> str:
    """Put the figures that a block has made on the page, each as SVG.

    Ours are attached to no window, so they are found by their names.
    """
    from matplotlib import pyplot as plt
    from matplotlib.figure import Figure
    from sphinx_gallery.scrapers import figure_rst

    from references.plot import rendered

    written: list[str] = []
    width = 0.0
    for drawn in variables["example_globals"].values():
        if isinstance(drawn, Figure) and drawn not in SHOWN:
            SHOWN.add(drawn)
            path = Path(next(variables["image_path_iterator"])).with_suffix(".svg")
            path.write_bytes(rendered(drawn, "svg"))
            written.append(str(path))
            width = max(width, drawn.get_figwidth())
    plt.close("all")
    shown = figure_rst(written, gallery["src_dir"], drawn_alt(variables))
    # A figure of a journal's single column is not blown up to the width of the page.
    return shown.replace("-single-img", "-single-img column") if width < COLUMN else shown


COLUMN = 5.0
"""Figures narrower than this [inch] are made for one column of a journal."""


def drawn_alt(variables: dict[str, Any]) -> str:
    """What a figure is called by those who cannot see it: the title of its example."""
    return Path(variables["src_file"]).stem.split("_", 2)[-1].replace("_", " ")


sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"/plot_",
    "subsection_order": [f"examples/{part}" for part in ("xps", "xrd", "tofsims", "sample")],
    "within_subsection_order": "FileNameSortKey",
    "download_all_examples": False,
    "show_signature": False,
    "write_computation_times": False,
    "remove_config_comments": True,
    "min_reported_time": 10_000,
    "abort_on_example_error": True,
    "image_scrapers": (figures,),
    "reset_modules": ("matplotlib",),
    "capture_repr": (),
    "nested_sections": False,
}

# --- The pages ------------------------------------------------------------------------------------

html_theme = "furo"
html_title = f"peakwright {version}"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_favicon = "_static/favicon.svg"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
html_math_renderer = "mathml"
html_theme_options = {"top_of_page_buttons": []}


def _formula(translator: Any, node: Any, *, block: bool) -> None:
    """Write a formula as MathML, which browsers draw themselves."""
    from docutils.nodes import SkipNode
    from docutils.utils.math.latex2mathml import tex2mathml

    translator.body.append(str(tex2mathml(node.astext(), as_block=block)))
    raise SkipNode


def _inline(translator: Any, node: Any) -> None:
    _formula(translator, node, block=False)


def _displayed(translator: Any, node: Any) -> None:
    _formula(translator, node, block=True)


def _placed(_app: Sphinx, _page: str, source: list[str]) -> None:
    """Lead links to what is no page of the site to the page that shows it.

    In the files they lead to where things lie: the scripts of the gallery, and CONTRIBUTING.md.
    """
    text = re.sub(r"\]\((?:\.\./)?examples/\)", "](gallery/index.rst)", source[0])
    source[0] = re.sub(r"\]\(((?:\.\./)*)\.\./CONTRIBUTING\.md", r"](\1contributing.md", text)


def _take_away(
    _app: Sphinx, what: str, name: str, _member: Any, _options: Any, lines: list[str]
) -> None:
    """Keep a property's sentence from napoleon, which takes its words before a colon for a type."""
    if what == "property" and lines and ": " in lines[0]:
        TAKEN[name] = lines.copy()
        lines.clear()


def _give_back(
    _app: Sphinx, what: str, name: str, _member: Any, _options: Any, lines: list[str]
) -> None:
    if what == "property" and name in TAKEN:
        lines[:] = TAKEN.pop(name)


TAKEN: dict[str, list[str]] = {}
"""Docstrings on their way past napoleon."""


def setup(app: Sphinx) -> None:
    """Register the renderer of formulas, and what Pygments has no lexer for."""
    from pygments.lexers.special import TextLexer

    app.add_html_math_renderer("mathml", (_inline, None), (_displayed, None))
    app.add_lexer("csv", TextLexer)
    app.connect("source-read", _placed)
    app.connect("autodoc-process-docstring", _take_away, priority=400)
    app.connect("autodoc-process-docstring", _give_back, priority=600)

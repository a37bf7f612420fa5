r"""Names from files, in all views: Bokeh reads mathematics between dollars, and makes links of it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

import references
import tofsims
import xps
import xrd
from peakwright.app.look import unmathed
from peakwright.app.opened import Opened
from peakwright.app.page import Desk, build_page, sentence
from peakwright.app.worker import Worker
from tofsims import recipe as runs
from xrd import recipe as patterns

pytest.importorskip("bokeh")

EVIL = r"$$\href{javascript:void(window.hit=1)}{X}$$"
FORMULA = re.compile(r"\$\$[^]*?\$\$|\\\[[^]*?\\\]|\\\([^]*?\\\)".replace("[^]", r"[\s\S]"))
"""As BokehJS finds them."""
READ = ("axis_label", "major_label_overrides", "title", "text", "group_text")
"""Properties of axes, titles, labels and sliders in which BokehJS looks for formulas."""


@pytest.mark.parametrize("text", [EVIL, r"\(x\)", r"a \[x\] b", "$$$x$$$", "$$ $$"])
def test_a_formula_is_broken(text):
    assert FORMULA.search(text)
    assert not FORMULA.search(unmathed(text))


class AtOnce(Worker):
    """A worker that does at once what it is given."""

    def another(self):
        return self

    def submit(self, work, deliver, *, lane="", failed=None):
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - as the real one
            failed(error)
        else:
            deliver(result)


def evil_spectra(folder):
    path = folder / f"{EVIL}.vms"
    sample = b"GaCl3/InCl3-coated Li6PS5Cl, cycled (synthetic)"
    text = Path(xps.example_path()).read_bytes()
    assert sample in text
    path.write_bytes(text.replace(sample, EVIL.encode()))
    return path, xps.Recipe(envelopes=(xps.envelope("S 2p", ["PS4"]),))


def evil_pattern(folder):
    path = folder / f"{EVIL}.xy"
    path.write_text(xrd.xy_text(xrd.example("unannealed")))
    cif = folder / f"{EVIL}.cif"
    phase = references.load().phase("Li2S")
    cif.write_text(phase.cif)
    seen = xrd.Instrument(radiation="Cu Ka")
    return path, patterns.Recipe(candidates=("LiCl", cif.name), instrument=seen)


def evil_run(folder):
    path = folder / f"{EVIL}.itm"
    tofsims.write_itm(path, tofsims.example(side=16, scans=24))
    return path, runs.Recipe(ions=("Cl-", "O-"), normalise="O-")


@pytest.mark.parametrize(
    ("technique", "make"), [("xps", evil_spectra), ("xrd", evil_pattern), ("tofsims", evil_run)]
)
def test_no_model_of_a_page_reads_mathematics(tmp_path, monkeypatch, technique, make):
    from bokeh.document import Document
    from bokeh.models import MathText

    monkeypatch.setattr("peakwright.app.page.Worker", AtOnce)
    path, recipe = make(tmp_path)
    other = tmp_path / f"{EVIL} again.vms"
    shutil.copy(xps.example_path(), other)
    files = (Opened(path=path, technique=technique), Opened(path=other, technique="xps"))
    doc = Document()
    build_page(doc, Desk(files=files, registry=references.load(), given={technique: recipe}))
    doc.add_root(sentence(EVIL))
    texts = [getattr(model, "text", "") for model in doc.models]
    panels = doc.get_model_by_name("panels")
    assert any(
        r"\href" in str(text) for text in [*texts[:-1], *(panels.data["html"] if panels else ())]
    )
    assert not [model for model in doc.models if isinstance(model, MathText)]
    assert {m.disable_math for m in doc.models if hasattr(m, "disable_math")} == {True}
    assert not [(model, text) for model in doc.models for text in read_in(model)]


def read_in(model):
    """Texts of a model, beside those in which no mathematics is read, that hold a formula."""
    if hasattr(model, "disable_math") or type(model).__name__ == "TabPanel":  # plain text
        return []
    values = [getattr(model, name, None) for name in READ]
    texts = [t for v in values for t in (v.values() if isinstance(v, dict) else [v])]
    return [text for text in texts if isinstance(text, str) and FORMULA.search(text)]

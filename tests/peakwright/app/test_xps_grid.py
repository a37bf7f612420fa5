"""The component grid: what it shows is what a constraint would mean."""

from __future__ import annotations

import re

import xps
from peakwright.app.xps.grid import grid_html


def test_an_area_is_in_the_unit_in_which_it_would_be_held():
    spectrum = xps.example("P 2p")
    envelope = xps.envelope("P 2p", ["PS4"])
    fit = xps.fit(spectrum, envelope)
    assert fit.lines[0].area_unit == "counts/s*eV"
    shown = grid_html(envelope, live=None, fit=fit, selected="", hidden=())
    assert "area / counts·eV" in shown
    value = float(re.search(r'data-key="value area PS4" value="([^"]+)"', shown)[1])
    held = envelope.components[0].model_copy(update={"area": f"{value} fixed"})
    again = xps.fit(spectrum, envelope.model_copy(update={"components": (held,)}))
    before, after = (f.lines[0].area.value for f in (fit, again))
    assert abs(after / before - 1.0) < 0.01

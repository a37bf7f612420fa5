"""The page from inside a process: for a notebook, with or without Jupyter."""

from __future__ import annotations

import urllib.request

import pytest

import peakwright
import xps
from references.words import InputError


@pytest.mark.parametrize(
    "given", [xps.example("S 2p"), xps.example_path()], ids=["Dataset", "path"]
)
def test_a_spectrum_or_a_file_is_shown_in_a_frame(given):
    page = peakwright.interactive(given)
    try:
        with urllib.request.urlopen(page.url, timeout=30) as answer:  # noqa: S310
            assert answer.status == 200
        assert page.url in page._repr_html_()
        assert page._repr_html_().startswith("<iframe")
        assert page.url.split("/")[3] not in repr(page)  # a repr ends up in logs
        assert page.recipe is not None
    finally:
        page.stop()


def test_the_recipe_of_the_page_fits_the_spectrum():
    spectrum = xps.example("P 2p")
    recipe = xps.Recipe(envelopes=(xps.envelope("P 2p", ["PS4"]),))
    page = peakwright.interactive(spectrum, recipe=recipe)
    try:
        assert page.recipe == recipe
    finally:
        page.stop()


def test_what_is_no_spectrum_is_refused():
    with pytest.raises(InputError, match="binding_energy"):
        peakwright.interactive(xps.example("P 2p").rename(binding_energy="x"))

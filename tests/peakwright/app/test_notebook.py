"""The page from inside a process: for a notebook, with or without Jupyter."""

from __future__ import annotations

import urllib.error
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


def _status(page, host):
    asked = urllib.request.Request(page.url, headers={"Host": host})  # noqa: S310
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:  # noqa: S310
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


def test_what_a_named_proxy_hands_on_is_taken_and_nothing_else():
    page = peakwright.interactive(
        xps.example("P 2p"), through="https://hub.example.org/user/me/proxy/{port}/"
    )
    try:
        token = page.url.split("/")[-2]
        port = page.url.split("/")[-3]
        assert page.url == f"https://hub.example.org/user/me/proxy/{port}/{token}/"
        assert token not in repr(page)
        page.url = f"http://127.0.0.1:{port}/{token}/"
        assert _status(page, "hub.example.org") == 200
        assert _status(page, "evil.example.org") == 403
    finally:
        page.stop()


@pytest.mark.parametrize(
    "through",
    [
        "hub.example.org/{port}",
        "https://hub.example.org/",
        "ftp://hub/{port}/",
        "https://a@b/{port}",
    ],
)
def test_what_is_no_address_of_a_proxy_is_refused(through):
    with pytest.raises(InputError, match="address of a proxy"):
        peakwright.interactive(xps.example("P 2p"), through=through)

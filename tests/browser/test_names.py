r"""Names from files in a browser: nothing in them acts, neither as HTML nor as mathematics."""

from __future__ import annotations

from pathlib import Path

import pytest

import references
import tofsims
import xps
import xrd
from tofsims import recipe as runs
from xrd import recipe as patterns

pytestmark = pytest.mark.browser

EVIL = r"$$\href{javascript:void(window.hit=1)}{X}$$ <img src=x onerror=window.hit=2>"
LINKS = "mjx-container, a[href^=javascript], img[src=x]"


def of_spectra(folder):
    """Sample and region are named so."""
    text = Path(xps.example_path()).read_bytes()
    sample = b"GaCl3/InCl3-coated Li6PS5Cl, cycled (synthetic)"
    assert sample in text
    path = folder / f"{EVIL}.vms"
    path.write_bytes(text.replace(sample, EVIL.encode()).replace(b"C 1s", f"C 1s {EVIL}".encode()))
    component = xps.Component(name=EVIL, core_level="S 2p", species="PS4")
    return path, xps.Recipe(envelopes=(xps.Envelope(region="S 2p", components=(component,)),))


def of_a_pattern(folder):
    """A candidate is named so as well."""
    path, cif = folder / f"{EVIL}.xy", folder / f"{EVIL}.cif"
    path.write_text(xrd.xy_text(xrd.example("unannealed")))
    cif.write_text(references.load().phase("Li2S").cif)
    seen = xrd.Instrument(radiation="Cu Ka")
    return path, patterns.Recipe(candidates=("LiCl", cif.name), instrument=seen)


def of_a_run(folder):
    path = folder / f"{EVIL}.itm"
    tofsims.write_itm(path, tofsims.example(side=16, scans=24))
    return path, runs.Recipe(ions=("Cl-", "O-"), normalise="O-")


@pytest.mark.parametrize(
    ("technique", "make", "ready"),
    [
        ("xps", of_spectra, ".panel.grid tr[data-component]"),
        ("xrd", of_a_pattern, ".pw-verdict .verdict"),
        ("tofsims", of_a_run, ".pw-verdict .verdict"),
    ],
)
def test_a_name_is_shown_and_does_nothing(serve, browse, tmp_path, technique, make, ready):
    path, recipe = make(tmp_path)
    other = tmp_path / f"{EVIL} again.vms"
    other.write_bytes(Path(xps.example_path()).read_bytes())
    page = browse(serve(path, other, **{technique: recipe}).url)
    page.on("dialog", lambda _: pytest.fail("a name in a file was run"))
    page.locator(ready).first.wait_for()
    page.wait_for_timeout(1500)
    assert page.locator(LINKS).count() == 0
    assert page.get_by_text(r"$$\href{javascript").count() >= 1
    assert page.evaluate("() => window.hit") is None
    assert not [url for url in browse.asked if "mathjax" in url]
    page.locator(".bk-tab").nth(1).click()
    page.locator(".panel.grid tr[data-component] >> visible=true").first.wait_for()
    assert page.locator(LINKS).count() == 0
    assert page.evaluate("() => window.hit") is None

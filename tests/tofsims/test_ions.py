"""Windows of ions: one for what is not resolved, named by all that is in it."""

from __future__ import annotations

import numpy as np
import pytest

from references.ion import ion
from tofsims import MassScale, depth_profile
from tofsims.ions import members_of, together, windows_of
from tofsims.isotopes import Pattern, isotope_tests
from tofsims.masscal import Anchor, Calibration
from tofsims.peaks import Peak

SCALE = MassScale(sf=32194.0, k0=-400.0)
PAIR = ("Ga[37Cl]-", "[71Ga]Cl-")
TOGETHER = "Ga[37Cl]- + [71Ga]Cl-"


def calibration(resolution, mz=105.9):
    """One anchor, whose width gives a resolution at a mass."""
    width = mz / resolution * SCALE.sf / (2.0 * np.sqrt(mz))
    peak = Peak(channel=float(SCALE.channel(mz)), u=0.1, fwhm=width, counts=1e5, background=0.0)
    anchor = Anchor(ion="GaCl-", mz=mz, peak=peak, ppm=0.0, left_out_ppm=0.0)
    return Calibration(scale=SCALE, anchors=(anchor,), covariance=np.zeros((2, 2)))


@pytest.mark.parametrize("resolution", [2000, 9000, 39_000])
def test_the_pair_at_106_is_one_window_at_any_resolution(resolution):
    (window,) = windows_of([ion(name) for name in PAIR], calibration(resolution))
    assert window.ion == TOGETHER
    assert members_of(window.ion) == list(PAIR)
    reach = 1.5 * 105.893 / resolution
    assert window.low == pytest.approx(105.89202 - reach, abs=2e-4)
    assert window.high == pytest.approx(105.89410 + reach, abs=2e-4)


def test_the_pair_has_two_windows_where_it_is_resolved():
    windows = windows_of([ion(name) for name in PAIR], calibration(55_000))
    assert [window.ion for window in windows] == list(PAIR)
    assert windows[0].high == windows[1].low


def test_other_ions_are_never_put_together():
    ions = [ion(name) for name in ("[37Cl]S-", "Ga-", "PS2-", "PO4-")]
    windows = windows_of(ions, calibration(1000))
    assert [window.ion for window in windows] == ["[37Cl]S-", "Ga-", "PS2-", "PO4-"]


def test_the_order_is_the_one_that_was_asked():
    ions = [ion(name) for name in ("[71Ga]Cl-", "Cl-", "Ga[37Cl]-", "GaCl-")]
    names = [window.ion for window in windows_of(ions, calibration(5000))]
    assert names == [TOGETHER, "Cl-", "GaCl-"]


def test_that_they_are_one_is_said():
    windows = windows_of([ion(name) for name in (*PAIR, "Cl-")], calibration(5000))
    (told,) = together(windows)
    assert (told.rule, told.subject) == ("sims_counted_as_one", TOGETHER)


@pytest.mark.parametrize(
    ("names", "parts"),
    [
        (("GaCl-", TOGETHER, "[71Ga][37Cl]-"), (0.456, 0.448, 0.097)),
        (("[113In]Cl-", "[113In][37Cl]- + InCl-", "In[37Cl]-"), (0.032, 0.736, 0.232)),
    ],
)
def test_patterns_of_what_is_summed_are_natural(names, parts):
    counts = np.outer(parts, np.full(10, 1e5))
    for found in isotope_tests(depth_profile(names, counts, shots=1e9)):
        assert found.verdict is Pattern.CONSISTENT
        assert abs(found.deviation_percent) < 2.0


def test_a_window_holds_all_isotopologues_in_it():
    # Asked for one of the pair alone, its window holds the other too.
    counts = np.outer((0.456, 0.448), np.full(10, 1e5))
    windows = [(103.88, 103.91), (105.88, 105.91)]
    made = depth_profile(["GaCl-", "[71Ga]Cl-"], counts, shots=1e9, window=windows)
    (found,) = isotope_tests(made)
    assert found.natural == pytest.approx(0.448 / 0.456, rel=5e-3)
    assert found.verdict is Pattern.CONSISTENT

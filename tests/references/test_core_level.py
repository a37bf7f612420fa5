"""Core levels and lines: ranges, partners, widths."""

from __future__ import annotations

from references import load

REGISTRY = load()


def test_where_only_a_value_is_known_a_line_may_lie_about_it():
    line = REGISTRY.line("S 2p", "P2Sx")
    assert line.window == (163.52, 164.0)
    line = REGISTRY.line("In 3d", "InS4")
    assert (round(line.window[0], 6), round(line.window[1], 6)) == (444.2, 444.6)


def test_metals_are_sharper_than_compounds():
    level = REGISTRY.core_level("In 3d")
    assert level.fwhm_for("conductor").best < level.fwhm_for("insulator").best


def test_an_unsplit_level_has_no_partner():
    level = REGISTRY.core_level("Li 1s")
    assert level.lines == ("1s",)
    assert level.splitting is None
    assert level.branching is None


def test_the_minor_line_of_gallium_2p_is_broadened():
    assert REGISTRY.core_level("Ga 2p").minor_width.value > 1.0


def test_a_width_that_one_package_has_names_that_one():
    widths = dict(REGISTRY.core_level("Ga 3d").natural_width)
    assert widths["3d5/2"].source == ("xraydb",)
    assert widths["3d3/2"].source == ("xraylib", "xraydb")

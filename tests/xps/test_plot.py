"""Figures: what every one of them shows, whatever the names and the data are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from defusedxml import ElementTree

import xps
from references.words import Assessment
from xps import plot


@pytest.fixture(scope="module")
def result():
    return xps.fit(xps.example("S 2p"), xps.envelope("S 2p", ["PS4", "Li2S"]))


def _renamed(fit, name):
    """The same fit with its first component called otherwise."""
    old = fit.components[0]
    lines = tuple(replace(x, component=name) if x.component == old else x for x in fit.lines)
    rows = tuple(replace(x, subject=name) if x.subject == old else x for x in fit.fractions)
    return replace(fit, lines=lines, fractions=rows)


def _of_components(fit, number):
    """A fit of that many components, each like the first line."""
    lines = tuple(replace(fit.lines[0], component=f"species {i}") for i in range(number))
    curves = replace(fit.curves, lines=np.repeat(fit.curves.lines[:1], number, axis=0))
    return replace(fit, lines=lines, fractions=(), curves=curves)


def _flat(fit, value):
    """A fit of data that are the same everywhere."""
    even = np.full_like(fit.curves.energy, value)
    curves = replace(
        fit.curves,
        measured=even,
        envelope=even,
        background=even,
        lines=np.zeros_like(fit.curves.lines),
        residual=np.zeros_like(even),
    )
    return replace(fit, curves=curves)


def _legend(drawn):
    (legend,) = (axes.get_legend() for axes in drawn.axes if axes.get_legend())
    return legend


def _entries(drawn):
    return [text.get_text() for text in _legend(drawn).get_texts()]


def _words(drawn):
    """Every text of the figure as an SVG reader sees it."""
    root = ElementTree.fromstring(plot.rendered(drawn, "svg"))
    return ["".join(node.itertext()) for node in root.iter("{http://www.w3.org/2000/svg}text")]


def test_binding_energy_falls_from_left_to_right(result):
    for axes in plot.figure(result).axes:
        left, right = axes.get_xlim()
        assert left > right


def test_axes_name_quantity_and_unit(result):
    upper, lower = plot.figure(result).axes
    assert upper.get_ylabel() == "intensity (counts/s)"
    assert lower.get_xlabel() == "binding energy (eV)"


@pytest.mark.parametrize(
    ("area_unit", "label"),
    [("counts*eV", "intensity (counts)"), ("intensity*eV", "intensity (arb. units)")],
)
def test_without_a_time_the_axis_shows_what_was_measured(result, area_unit, label):
    lines = tuple(replace(line, area_unit=area_unit) for line in result.lines)
    even = _flat(replace(result, lines=lines), 500.0)
    upper, _ = plot.figure(even).axes
    assert upper.get_ylabel() == label
    low, high = upper.get_ylim()
    assert low < 500.0 < high


def test_large_intensities_carry_their_power_in_the_label(result):
    drawn = plot.figure(_flat(result, 3.2e6 / result.area_factor))
    assert drawn.axes[0].get_ylabel() == "intensity (10⁶ counts/s)"


def test_every_component_has_a_legend_entry_with_its_fraction(result):
    entries = _entries(plot.figure(result))
    assert len(entries) == len(result.components)
    for entry, name in zip(entries, result.components, strict=True):
        assert entry.startswith(name)
        assert entry.endswith("%")


@pytest.mark.parametrize("name", ["cost $5 and $6", "$x^", "_hidden", r"\frac{", "a & <b>"])
def test_a_name_is_shown_as_it_is(result, name):
    named = replace(_renamed(result, name), sample=name)
    words = _words(plot.figure(named))
    assert any(word.startswith(name) and word.endswith("%") for word in words)
    assert any(word.startswith(name) and word.endswith(result.region) for word in words)
    assert name in _words(plot.overview([named, named], title=name))


def test_control_characters_are_left_out(result):
    named = replace(_renamed(result, "a\x1b[31m\x00b\ud800"), sample="one\ntwo\x07")
    words = _words(plot.figure(named))
    assert any(word.startswith("a[31mb ") for word in words)
    assert "one two · S 2p" in words


def test_long_names_keep_their_ends_and_stay_inside(result):
    named = _renamed(result, f"{'long ' * 60}#2")
    drawn = plot.overview([named] * 5)
    plot.rendered(drawn, "png", dpi=40)
    legend = drawn.axes[0].get_legend()
    assert "…" in legend.get_texts()[0].get_text()
    assert "#2  " in legend.get_texts()[0].get_text()
    box = legend.get_window_extent()
    assert box.x0 >= 0
    assert box.width <= drawn.bbox.width / 3


@pytest.mark.parametrize("value", [0.0, 700.0, -3.0, 1e-30, 1e12])
def test_flat_data_are_drawn_without_a_warning(result, value):
    even = _flat(result, value)
    drawn = plot.figure(even)
    low, high = drawn.axes[0].get_ylim()
    assert low < high
    assert plot.rendered(drawn, "png", dpi=40)


def test_values_that_are_not_numbers_leave_a_gap(result):
    envelope = result.curves.envelope.copy()
    envelope[5] = np.nan
    envelope[9] = np.inf
    failed = replace(result, curves=replace(result.curves, envelope=envelope))
    assert plot.rendered(plot.figure(failed), "png", dpi=40)


def test_twelve_components_have_styles_of_their_own(result):
    legend = _legend(plot.figure(_of_components(result, 12)))
    styles = {(p.get_facecolor(), p.get_hatch(), p.get_linestyle()) for p in legend.get_patches()}
    assert len(styles) == 12


@pytest.mark.parametrize("number", [1, 3, 4, 9, 12])
def test_the_legend_hides_no_data(result, number):
    many = _of_components(result, number)
    drawn = plot.figure(many)
    plot.rendered(drawn, "png", dpi=60)
    upper = drawn.axes[0]
    legend = _legend(drawn).get_window_extent()
    top = many.curves.measured.max() * many.area_factor
    highest = upper.transData.transform((0.0, top))[1]
    assert legend.y0 >= highest or legend.y1 <= drawn.axes[1].get_window_extent().y0


def test_no_text_is_smaller_than_seven_points(result):
    from matplotlib.text import Text

    drawn = plot.overview([_of_components(result, 9)] * 6, title="sample")
    plot.rendered(drawn, "png", dpi=40)
    assert min(text.get_fontsize() for text in drawn.findobj(Text) if text.get_text()) >= 7.0


def test_no_label_is_clipped(result):
    drawn = plot.overview([result] * 6, title="sample")
    plot.rendered(drawn, "png", dpi=100)
    for axes in drawn.axes:
        for label in (axes.yaxis.label, axes.xaxis.label):
            box = label.get_window_extent()
            assert box.x0 >= 0
            assert box.y0 >= 0
    residual = drawn.axes[1]
    assert residual.yaxis.label.get_window_extent().height <= 1.2 * residual.bbox.height


def test_regions_that_come_again_are_numbered(result):
    drawn = plot.overview([result, result])
    assert [axes.get_title() for axes in drawn.axes[::2]] == ["S 2p (1)", "S 2p (2)"]


def test_a_fit_that_did_not_converge_says_so_in_every_figure(result):
    stuck = replace(result, assessment=Assessment.AT_BOUND)
    assert "at_bound: no intervals" in _words(plot.figure(stuck))
    assert plot.overview([stuck]).axes[0].get_title() == "S 2p · at_bound: no intervals"
    once = plot.figure(stuck, note="at_bound: no intervals")
    assert sum("at_bound" in word for word in _words(once)) == 1


def test_hundreds_of_fits_are_cut_and_the_figure_says_so(result):
    drawn = plot.overview([result] * 300)
    assert len(drawn.axes) == 2 * plot.MOST_PANELS
    assert drawn.get_suptitle() == "36 of 300 fits"


@pytest.mark.parametrize("kind", ["svg", "png", "pdf"])
def test_equal_figures_give_equal_bytes(result, kind):
    many = _of_components(result, 12)
    assert plot.rendered(plot.figure(many), kind) == plot.rendered(plot.figure(many), kind)


def test_a_series_is_drawn_along_what_varied():
    import xarray as xr

    from xps.series_numbers import KINDS

    number = np.arange(4.0)
    kinds = [KINDS.index(k) for k in ("standard", "profile", "upper_limit", "none")]
    shape = ("depth", "species")
    series = xr.Dataset(
        {
            "assessment": ("depth", np.zeros(4)),
            "fraction": (shape, np.stack([0.2 + 0 * number, 0.8 + 0 * number], axis=1)),
            "fraction_low": (shape, np.full((4, 2), 0.1)),
            "fraction_high": (shape, np.full((4, 2), 0.9)),
            "fraction_kind": (shape, np.repeat(np.array(kinds)[:, None], 2, axis=1)),
        },
        coords={
            "etch_time": ("depth", 60.0 * number, {"units": "s", "long_name": "Etch Time"}),
            "species": ["Li2S", "PS4"],
        },
    )
    drawn = plot.profile_figure(series, title="profile")
    (axes,) = drawn.axes
    assert axes.get_xlabel() == "Etch Time (s)"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["Li2S", "PS4"]
    line, limit = axes.get_lines()[:2]
    assert np.isfinite(line.get_ydata()).sum() == 2
    assert list(limit.get_xdata()) == [120.0]
    assert plot.rendered(drawn, "png").startswith(b"\x89PNG")
    bare = series.assign(fraction_kind=0 * series["fraction_kind"])
    (empty,) = plot.profile_figure(bare).axes
    assert [text.get_text() for text in empty.texts] == ["no spectrum has an interval"]

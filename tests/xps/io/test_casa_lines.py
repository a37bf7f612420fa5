"""CasaXPS's comment lines, read and written: nothing is lost on the way."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

import xps
from xps.io.casa import (
    CasaCalibration,
    CasaComponent,
    CasaFit,
    CasaParameter,
    CasaRegion,
    casa_span,
    parse_casa,
)
from xps.io.casa_lines import casa_lines

FILES = {
    "cheminfo-vamas/assigned.vms": (54, 21, 96),
    "pynxtools-xps/FeO_analyzed.vms": (1, 1, 4),
    "cheminfo-vamas/polyethyleneglycol.vms": (4, 2, 0),
}
NUMBERS = st.floats(-1e29, 1e29, allow_nan=False)
TEXTS = st.text(
    st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="*()\x7f\x85\xad"),
    max_size=20,
).filter(str.isprintable)


@st.composite
def parameters(draw, size):
    """A parameter linked to an index of the list, or free."""
    value, low, high, factor = (draw(NUMBERS) for _ in range(4))
    return CasaParameter(
        value=value, low=low, high=high, link=draw(st.integers(-1, size - 1)), factor=factor
    )


@st.composite
def fits(draw):
    """Any fit that CasaXPS's lines can hold."""
    size = draw(st.integers(0, 4))
    components = []
    for own in range(size):
        linked = parameters(size).filter(lambda p, own=own: p.link != own)
        old = draw(st.booleans())
        components.append(
            CasaComponent(
                name=draw(TEXTS), shape=draw(st.sampled_from(["GL(30)", "LA(1.53,243)"])),
                appended=draw(st.sampled_from(["", "z"])), area=draw(linked), fwhm=draw(linked),
                position_ke=draw(linked), rsf=draw(NUMBERS), mass=draw(NUMBERS),
                index=draw(st.integers(-1, 9)), tag=draw(TEXTS),
                constraint="" if old else draw(TEXTS),
                uncorrected_rsf=math.nan if old else draw(NUMBERS),
            )
        )  # fmt: skip
    regions = [
        CasaRegion(
            name=draw(TEXTS), background=draw(TEXTS), start_ke=draw(NUMBERS), end_ke=draw(NUMBERS),
            rsf=draw(NUMBERS), end_points=draw(st.integers(0, 50)),
            parameters=tuple(draw(NUMBERS) for _ in range(4)), tag=draw(TEXTS),
            offsets=(draw(NUMBERS), draw(NUMBERS)), mass=draw(NUMBERS), flag=0.0,
            uncorrected_rsf=draw(NUMBERS),
        )
        for _ in range(draw(st.integers(0, 2)))
    ]  # fmt: skip
    calibrations = [
        CasaCalibration(
            measured=draw(NUMBERS), assigned=draw(NUMBERS), scale="BE", add=draw(st.booleans())
        )
        for _ in range(draw(st.integers(0, 3)))
    ]
    return CasaFit(
        calibrations=tuple(calibrations), regions=tuple(regions), components=tuple(components)
    )


@given(fits())
def test_what_is_written_reads_back_equal(fit):
    assert parse_casa(casa_lines(fit)) == fit


@pytest.mark.parametrize("name", FILES)
def test_what_was_read_is_written_and_reads_back_equal(data_dir, name):
    found = [fit for fit in xps.read(data_dir / "xps" / name).casa if fit is not None]
    again = [parse_casa(casa_lines(fit)) for fit in found]
    assert again == found
    counts = len(found), sum(len(f.regions) for f in found), sum(len(f.components) for f in found)
    assert counts == FILES[name]


def test_annotations_are_kept(data_dir):
    (fit,) = xps.read(data_dir / "xps/pynxtools-xps/FeO_analyzed.vms").casa
    assert len(fit.annotations) == 2
    assert fit.annotations[0].startswith("annot comps")
    assert fit.annotations == parse_casa(casa_lines(fit)).annotations


def test_every_field_of_a_component_line_is_read():
    (component,) = parse_casa(
        ["Casa Info Follows", "0", "0", "0", "1",
         "CASA comp (*a b*) (*LA(1.53,243)*z) Area 1 2 3 -1 1 MFWHM 4 5 6 -1 1 Position 7 8 9 -1 1 "
         "RSF 10.8 MASS 95.9 INDEX 2 (*Mo 3d*) CONST (*c*) UNCORRECTEDRSF 9.5"]
    ).components  # fmt: skip
    assert (component.appended, component.constraint, component.uncorrected_rsf) == ("z", "c", 9.5)
    assert (component.rsf, component.mass, component.index) == (10.8, 95.9, 2)


def test_every_field_of_a_region_line_is_read():
    (region,) = parse_casa(
        ["Casa Info Follows", "0", "0", "1",
         "CASA region (*a*) (*Shirley*) 1 2 10.8 2 3 4 5 -450 6 7 (*Mo 3d*) 95.9 0 9.5", "0"]
    ).regions  # fmt: skip
    assert region.offsets == (3, 4)
    assert (region.mass, region.flag, region.uncorrected_rsf) == (95.9, 0, 9.5)


@pytest.mark.parametrize("name", ["a*)b", "a*", "a\nb", "Li\N{SUBSCRIPT TWO}S"])
def test_a_name_that_would_break_a_line_is_refused(name):
    region = CasaRegion(
        name=name, background="Shirley", start_ke=1, end_ke=2, rsf=1, end_points=2,
        parameters=(0, 0, 0, 0), tag="",
    )  # fmt: skip
    with pytest.raises(ValueError, match="name"):
        casa_lines(CasaFit(calibrations=(), regions=(region,), components=()))


@pytest.mark.parametrize("value", [math.nan, math.inf, 1e31])
def test_a_number_that_could_not_be_read_is_not_written(value):
    calibration = CasaCalibration(measured=value, assigned=1.0, scale="BE", add=True)
    with pytest.raises(ValueError, match="cannot stand"):
        casa_lines(CasaFit(calibrations=(calibration,), regions=(), components=()))


def test_lines_that_were_not_understood_are_not_dropped():
    fit = parse_casa(["Casa Info Follows", "0", "0", "1", "CASA region (*broken", "0"])
    with pytest.raises(ValueError, match="not understood"):
        casa_lines(fit)


WITHIN = ["before", "Casa Info Follows", "1", "Calib M = 1 A = 2 BE ADD", "1", "x", "y", "0", "0"]


def test_the_span_follows_the_declared_numbers():
    assert casa_span([*WITHIN, "after"]) == (1, 9)


def test_a_span_whose_numbers_are_wrong_ends_with_its_last_line():
    assert casa_span(["Casa Info Follows", "?", "Calib M = 1 A = 2 BE ADD", "after"]) == (0, 3)


def test_without_casaxps_lines_the_span_is_the_beginning():
    assert casa_span(["a", "b"]) == (0, 0)


@given(st.lists(st.text(max_size=60), max_size=8), st.integers(0, 200))
def test_any_comments_are_read_or_left(noise, place):
    lines = [*WITHIN[1:], *noise]
    joined = "\n".join(lines)
    cut = [*(joined[:place] + joined[place + 3 :]).split("\n")]
    found = parse_casa(cut)
    first, last = casa_span(cut)
    assert 0 <= first <= last <= len(cut)
    assert found is None or dataclasses.is_dataclass(found)

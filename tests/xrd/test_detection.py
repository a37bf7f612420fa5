"""Second phases, asked of patterns that another engine has made."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from references import load
from xrd.detection import ask, imperfections, residual_of, unit_pattern
from xrd.model import Diffractometer, Parameter, PatternModel, phase_model
from xrd.refine import refine
from xrd.structure import disordered, structure

_spec = importlib.util.spec_from_file_location("authored", Path(__file__).with_name("authored.py"))
authored = importlib.util.module_from_spec(_spec)
sys.modules["authored"] = authored
_spec.loader.exec_module(authored)

CANDIDATES = (
    *("Li2S", "LiCl", "Li3P", "Li3PO4", "Li7PS6", "LiIn", "LiGa", "In", "Ga", "In2S3", "In2O3"),
    *("Li2CO3", "LiOH", "Li2O", "Li"),
)
ENDS = float(authored.X[0]), float(authored.X[-1])


@pytest.fixture(scope="module")
def laid():
    """The main phase's model and the candidates."""
    library = load()
    phase = library.phase("Li6PS5Cl")
    whole = structure(phase)
    main = phase_model(
        "Li6PS5Cl", disordered(whole, phase.disorder, 0.0), 1.5405929, ENDS,
        texture_axis=(1, 1, 1), exchanged=disordered(whole, phase.disorder, 1.0),
        exchange=Parameter(name="exchange", value=0.4, low=0.0, high=1.0, u=0.3),
    )  # fmt: skip
    model = PatternModel.build(authored.X, Diffractometer(polarization=0.8), [main], terms=22)
    return model, [
        phase_model(key, structure(library.phase(key)), 1.5405929, ENDS) for key in CANDIDATES
    ]


def answered(laid, counts):
    model, candidates = laid
    found = refine(model, counts)
    residual = residual_of(found)
    columns = np.stack([unit_pattern(found, phase) for phase in candidates])
    of_main, *others = [
        phase.structure.density * phase.structure.volume**2
        for phase in (model.phases[0], *candidates)
    ]
    to_mass = np.array(others) / (found.value("Li6PS5Cl scale") * of_main)
    return found, residual, ask(residual, columns), to_mass


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_clean_pattern_is_the_main_phase_and_noise(laid, seed):
    _, counts, truth = authored.drawn(seed)
    found, residual, asked, _ = answered(laid, counts)
    assert found.gof < 1.15
    assert np.mean(residual.rest**2) == pytest.approx(1.0, abs=0.1)
    assert asked.significance.max() < 5.0
    cell = laid[0].phases[0].cell[0]
    a = cell + found.value("Li6PS5Cl cell 0")
    # What a laboratory pattern without an internal standard can know.
    assert a == pytest.approx(cell * truth["stretch"], abs=0.005)
    assert found.value("displacement") == pytest.approx(truth["displacement"], abs=0.05)


@pytest.mark.parametrize(("key", "share"), [("Li2S", 0.01), ("LiCl", 0.01), ("In", 0.003)])
def test_an_impurity_is_found_and_weighed(laid, key, share):
    _, counts, _ = authored.drawn(7, impurity=(key, share))
    _, _, asked, to_mass = answered(laid, counts)
    i = CANDIDATES.index(key)
    assert asked.significance[i] == asked.significance.max() > 6.0
    ratio = asked.scale[i] * to_mass[i]
    assert ratio / (1.0 + ratio) == pytest.approx(share, rel=0.25)


def test_bounds_hold_where_nothing_is(laid):
    _, counts, _ = authored.drawn(11)
    _, _, asked, to_mass = answered(laid, counts)
    assert np.all(asked.upper > 0.0)
    assert np.median(asked.upper * to_mass) < 0.005
    assert np.all(asked.upper >= asked.best)


def test_imperfections_of_the_main_lines_are_not_a_phase(laid):
    """A main line that is ten percent too strong hides what lies beneath it, and nothing else."""
    model, candidates = laid
    _, counts, _ = authored.drawn(3)
    found = refine(model, counts)
    modes, sizes = imperfections(found)
    assert len(modes) == len(sizes)
    assert len(modes) % 4 == 0
    place = np.array([np.argmax(mode) for mode in modes[::4]])
    strongest = modes[4 * int(np.argmax(modes[::4].max(axis=1)))]
    assert authored.X[np.argmax(strongest)] == pytest.approx(30.06, abs=0.2)
    assert len(np.unique(place)) == len(place)
    before = ask(residual_of(found), np.stack([unit_pattern(found, p) for p in candidates]))
    more = refine(model, counts + 0.1 * strongest)
    after = ask(residual_of(more), np.stack([unit_pattern(more, p) for p in candidates]))
    assert np.all(after.significance - before.significance < 2.0)


def test_three_times_as_broad_is_harder_to_see(laid):
    model, candidates = laid
    _, counts, _ = authored.drawn(5)
    found = refine(model, counts)
    residual = residual_of(found)
    narrow, broad = (
        ask(residual, np.stack([unit_pattern(found, p, broadening=b) for p in candidates])).sigma
        for b in (1.0, 3.0)
    )
    assert np.all(broad > narrow)


def test_four_times_the_counts_halve_the_sigma(laid):
    model, candidates = laid
    _, counts, _ = authored.drawn(6)
    one = refine(model, counts)
    # The same pattern, counted four times as long.
    four = refine(model, np.random.default_rng(1).poisson(4.0 * one.calculated).astype(float))
    columns = [candidates[CANDIDATES.index("In")]]
    first, second = (
        ask(residual_of(r), np.stack([unit_pattern(r, p) for p in columns])).sigma
        / r.value("Li6PS5Cl scale")
        for r in (one, four)
    )
    assert second == pytest.approx(0.5 * first, rel=0.05)

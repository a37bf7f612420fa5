"""Second phases asked of residuals that another engine has made."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from references import load
from xrd.candidates import candidates_of, look, supporting_lines
from xrd.detection import ask, imperfections, residual_of
from xrd.diffractometer import Diffractometer
from xrd.knowledge import Parameter
from xrd.model import PatternModel
from xrd.phase import phase_model
from xrd.refine import refine
from xrd.structure import disordered, structure

_spec = importlib.util.spec_from_file_location("authored", Path(__file__).with_name("authored.py"))
authored = importlib.util.module_from_spec(_spec)
sys.modules["authored"] = authored
_spec.loader.exec_module(authored)

ENDS = float(authored.X[0]), float(authored.X[-1])
KEYS = "Li2S", "LiCl", "Li3PO4", "In", "Ga"


@pytest.fixture(scope="module")
def model():
    library = load()
    phase = library.phase("Li6PS5Cl")
    whole = structure(phase)
    main = phase_model(
        "Li6PS5Cl", disordered(whole, phase.disorder, 0.0), 1.5405929, ENDS, textured=True,
        exchanged=disordered(whole, phase.disorder, 1.0),
        exchange=Parameter(name="exchange", value=0.4, low=0.0, high=1.0, u=0.3),
    )  # fmt: skip
    return PatternModel.build(authored.X, Diffractometer(polarization=0.8), [main], spacing=2.5)


@pytest.fixture(scope="module")
def candidates():
    library = load()
    named = [library.phase(key) for key in KEYS]
    return {c.name: c for c in candidates_of(named, 1.5405929, ENDS, 0.12)}


@pytest.fixture(scope="module")
def clean(model):
    _, counts, truth = authored.drawn(3)
    found = refine(model, counts)
    return found, residual_of(found), truth


def test_a_clean_pattern_leaves_white_noise(clean):
    found, residual, truth = clean
    assert found.gof < 1.1
    assert np.mean(residual.rest**2) == pytest.approx(1.0, abs=0.08)
    assert residual.excess == 1.0
    a = 9.85 + found.value("Li6PS5Cl cell 0")
    # What a laboratory pattern without an internal standard can know.
    assert a == pytest.approx(9.85 * truth["stretch"], abs=0.005)
    assert found.value("displacement") == pytest.approx(truth["displacement"], abs=0.05)


@pytest.mark.parametrize(("key", "share"), [("Li2S", 0.01), ("LiCl", 0.01), ("In", 0.003)])
def test_an_impurity_is_seen_and_its_lines_speak_for_it(model, candidates, key, share):
    _, counts, _ = authored.drawn(7, impurity=(key, share))
    found = refine(model, counts)
    residual = residual_of(found)
    seen = look(found, residual, candidates[key])
    assert seen.significance > 6.0
    main, other = (
        p.structure.density * p.structure.volume**2
        for p in (model.phases[0], candidates[key].phase)
    )
    ratio = seen.scale * other / (found.value("Li6PS5Cl scale") * main)
    assert ratio / (1.0 + ratio) == pytest.approx(share, rel=0.25)
    evidence = supporting_lines(found, residual, seen)
    assert evidence.lines
    assert not evidence.missing


def test_the_line_of_licl_under_the_strongest_decides_nothing(clean, candidates):
    found, residual, _ = clean
    seen = look(found, residual, candidates["LiCl"])
    lines = seen.seen.lines()[0].position
    assert min(abs(lines - 30.1)) < 0.3
    assert not any(abs(line - 30.1) < 0.3 for line in supporting_lines(found, residual, seen).lines)


def test_bounds_hold_where_nothing_is(clean, candidates):
    found, residual, _ = clean
    for candidate in candidates.values():
        seen = look(found, residual, candidate)
        assert seen.upper > max(seen.guess[0], 0.0)
        assert seen.sigma_broad > seen.sigma_narrow > 0.0


def test_an_unsure_cell_is_tried_over_its_band(candidates):
    assert len(candidates["Li2S"].stretches) > 1
    assert 0.0 in candidates["Li2S"].stretches
    assert candidates["Li2S"].stretches[0] == pytest.approx(5.708 / 5.716 - 1.0)
    assert candidates["Li2S"].trials > candidates["In"].trials >= 1.0


def test_imperfections_of_the_main_lines_are_not_a_phase(model, clean, candidates):
    """A main line that is ten percent too strong hides what lies beneath it, and nothing else."""
    found, residual, _ = clean
    modes, sizes = imperfections(found)
    assert len(modes) == len(sizes)
    assert len(modes) % 4 == 0
    strongest = modes[4 * int(np.argmax(modes[::4].max(axis=1)))]
    assert authored.X[np.argmax(strongest)] == pytest.approx(30.06, abs=0.2)
    more = refine(model, found.counts + 0.1 * strongest)
    after = residual_of(more)
    for candidate in candidates.values():
        gained = look(more, after, candidate).significance
        gained -= look(found, residual, candidate).significance
        assert gained < 2.0


def test_four_times_the_counts_halve_the_sigma(model, clean, candidates):
    one = clean[0]
    # The same pattern, counted four times as long.
    four = refine(model, np.random.default_rng(1).poisson(4.0 * one.calculated).astype(float))
    first, second = (
        look(r, residual_of(r), candidates["In"]).sigma_narrow / r.value("Li6PS5Cl scale")
        for r in (one, four)
    )
    assert second == pytest.approx(0.5 * first, rel=0.05)


def test_asking_for_what_is_not_there_gives_a_bound(clean):
    _, residual, _ = clean
    column = np.exp(-0.5 * ((authored.X - 34.0) / 0.05) ** 2)
    told = ask(residual, [column])
    assert told.significance[0] == pytest.approx(told.scale[0] / told.sigma[0])
    bound = told.bound(np.zeros(1))
    assert bound >= told.scale[0] + 1.644 * told.sigma[0]
    # A column that is nearly ruled out beforehand changes nothing; a second one as likely may.
    both = ask(residual, [column, np.roll(column, 60)])
    assert both.bound(np.array([0.0, 50.0])) == pytest.approx(bound)
    assert both.bound(np.zeros(2)) >= min(bound, both.bound(np.array([50.0, 0.0])))

"""What is assumed of a run before it is counted, and what is refused."""

from __future__ import annotations

import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from references.ion import ion
from references.words import InputError, Severity
from tofsims import Raster
from tofsims.ready import calibrated, dead_window_of, shots_unknown

if "authored_events" in sys.modules:
    authored = sys.modules["authored_events"]
else:
    _spec = importlib.util.spec_from_file_location(
        "authored_events", Path(__file__).with_name("authored.py")
    )
    authored = importlib.util.module_from_spec(_spec)
    sys.modules["authored_events"] = authored
    _spec.loader.exec_module(authored)

IONS = [ion(name) for name in authored.MASSES]


@pytest.mark.parametrize(
    ("labels", "severity"),
    [({"instrument": "IONTOF"}, Severity.INFO), ({}, Severity.WARNING)],
)
def test_a_dead_time_that_is_assumed_is_said(labels, severity):
    told = []
    run = authored.events(shots=3, **labels)
    assert dead_window_of(run, None, told) == 1300
    assert [(one.rule, one.severity) for one in told] == [("dead_time_assumed", severity)]


def test_a_dead_time_that_is_given_or_of_no_use_is_not_said():
    told = []
    assert dead_window_of(authored.events(shots=3), 10.0, told) == 200
    assert dead_window_of(authored.events(shots=None), None, told) == 1300
    assert told == []


def test_anchors_of_the_other_sign_are_refused():
    with pytest.raises(InputError, match=r"Ga\+ cannot be in a measurement of negative ions"):
        calibrated(authored.events(), [ion("Ga+")], None, [])


def test_without_a_raster_that_is_asked_for():
    run = authored.events()
    guessed = replace(run, raster=Raster(width=16, height=16, is_assumed=True))
    assert "--raster" in shots_unknown(guessed).message
    assert "--raster" not in shots_unknown(run).message


@pytest.mark.parametrize(("spread", "is_poor"), [(3.0, False), (150.0, True)])
def test_poor_resolution_is_said(spread, is_poor):
    run = authored.events(spread=spread, per=40.0)
    told = []
    found = calibrated(run, IONS, None, told)
    width = spread * 2.3548 * 2.0 * 34.9694**0.5 / authored.SCALE.sf
    assert float(found.fwhm(34.9694)) == pytest.approx(width, rel=0.1)
    assert [one.rule for one in told] == ["sims_poorly_resolved"] * is_poor

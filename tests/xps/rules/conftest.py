"""Fits made by hand, so that a rule can be tried on both sides of its threshold."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

import references
import xps
from references.words import Assessment, Estimate, UncertaintyParts
from xps.fit import FittedLine
from xps.lineshape import lineshape

REGISTRY = references.load()


@pytest.fixture(scope="session")
def registry():
    return REGISTRY


def _line(component, label, position, area=1000.0, *, fwhm=1.2, fwhm_u=0.0, minor=False):
    return FittedLine(
        component=component,
        line=label,
        shape="pseudo_voigt",
        position=Estimate(value=position),
        fwhm=Estimate(value=fwhm, u=fwhm_u, u_parts=UncertaintyParts(counting=fwhm_u)),
        area=Estimate(value=area),
        area_unit="counts*eV",
        maximum=position,
        minor=minor,
    )


@pytest.fixture
def made():
    """Make a fit of ``(name, core level, species, position, area, partner)``.

    ``partner`` is a pair (distance, ratio) for a derived partner, ``None`` for a single line.
    """

    def make(*rows, window=(100.0, 300.0), fwhm=1.2, fwhm_u=0.0, charge="given", **changes):
        components, lines = [], []
        for name, level, species, position, area, partner in rows:
            known = REGISTRY.core_level(level)
            components.append(
                xps.Component(
                    name=name, core_level=level, species=species, position=position,
                    partner=partner is not None,
                )
            )  # fmt: skip
            label = f"{known.element} {known.lines[0]}" if partner else level
            lines.append(_line(name, label, position, area, fwhm=fwhm, fwhm_u=fwhm_u))
            if partner:
                label = f"{known.element} {known.lines[1]}"
                place = position + partner[0]
                lines.append(_line(name, label, place, area * partner[1], fwhm=fwhm, minor=True))
        envelope = xps.Envelope(
            region=rows[0][1],
            components=tuple(components),
            background=changes.pop("background", xps.Background()),
        )
        energy = np.arange(window[0], window[1] + 0.05, 0.1)
        flat = np.full(energy.size, 100.0)
        curves = SimpleNamespace(
            energy=energy, measured=flat, envelope=flat, background=flat, residual=0.0 * flat
        )
        given = {
            "region": rows[0][1], "sample": "", "envelope": envelope, "lines": tuple(lines),
            "components": tuple(component.name for component in components), "curves": curves,
            "charge_reference": charge, "charge_shift": 0.0, "assessment": Assessment.CONVERGED,
        }  # fmt: skip
        return SimpleNamespace(**{**given, **changes})

    return make


@pytest.fixture
def sulfur():
    """Counts of one PS4 doublet on a constant, with seeded departures."""

    def make(seed=0, *, splitting=1.18, ratio=0.511, width=1.2, place=161.45, extra=()):
        energy = 157.0 + 0.05 * np.arange(261)
        mu = np.full(energy.size, 400.0)
        shape = lineshape("pseudo_voigt")
        lines = [(place, 6000.0, width), (place + splitting, 6000.0 * ratio, width), *extra]
        for at, area, w in lines:
            mu += area * shape.density(energy, np.array([[at, w, 0.3]]))[0]
        counts = np.random.default_rng(seed).poisson(mu)
        spectrum = xps.spectrum(
            energy, counts, photon_energy=1486.6, dwell_time=1.0, scans=1, sample="made",
            region="S 2p",
        )  # fmt: skip
        return xps.calibrate(spectrum, xps.by_shift(0.0, 0.05))

    return make

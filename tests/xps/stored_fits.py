"""Stored fits by hand, and one of the synthetic example, for tests of what is made of them."""

from __future__ import annotations

import json
from functools import cache

import numpy as np

import references
import xps
from xps.envelope import Background, Component, Envelope
from xps.lineshape import lineshape
from xps.stored import StoredFit

REGISTRY = references.load()
PHOTON = 1486.6
WINDOW = (155.0, 172.0)


def flat_spectrum(level=100.0, *, photon=PHOTON, low=150.0, high=180.0, step=0.1):
    """Counts that are the same everywhere; static backgrounds of them are flat."""
    energy = np.arange(low, high, step)
    return xps.spectrum(
        energy,
        np.full(energy.size, level),
        photon_energy=photon,
        dwell_time=0.1,
        scans=4,
        sample="made",
        region="S 2p",
    )


def line(name, position, *, fwhm=1.1, area=1000.0, shape="pseudo_voigt", own=None, minor=False,
         limits=None, unit="counts/s*eV", label="S 2p3/2"):  # fmt: skip
    """A line as a result holds it."""
    own = dict.fromkeys(lineshape(shape).parameters, 0.3) if own is None else own
    place, width = limits or ((position - 1.0, position + 1.0), (0.3, 3.0))

    def told(value):
        return {"value": value, "u": 0.01, "u_parts": {"counting": 0.01}, "low": value - 0.02,
                "high": value + 0.02, "level": 0.95, "kind": "standard"}  # fmt: skip

    return {
        "name": name, "line": label, "position_eV": position, "fwhm_eV": fwhm, "area": area,
        "area_unit": unit, "shape": shape, "shape_parameters": own, "minor": minor,
        "limits": {"position_eV": list(place), "fwhm_eV": list(width)},
        "estimates": {"position_eV": told(position), "fwhm_eV": told(fwhm), "area": told(area)},
    }  # fmt: skip


def fit_of(lines, *, shift=0.0, region="S 2p", points=171, background=None, **others):
    """A stored fit of these lines over :data:`WINDOW` of :func:`flat_spectrum`."""
    return StoredFit.model_validate(
        {
            "sample": "made", "region": region, "number": 0, "envelope": 0,
            "assessment": "converged", "components": lines,
            "statistics": {"statistic": "poisson", "chi2_reduced": 1.0, "points": points},
            "charge": {"shift_eV": shift, "shift_u_eV": 0.1, "reference": "by hand"},
            "background": background or {}, "area_factor": 2.5, **others,
        }
    )  # fmt: skip


def envelope_of(*components, background=None, knowledge="free", window=WINDOW):
    """Its recipe; static linear background, which a flat spectrum makes flat."""
    return Envelope(
        region="S 2p",
        components=components,
        window=window,
        background=background or Background(kind="linear", mode="static", end_points=3),
        knowledge=knowledge,
    )


def single(name, **changes):
    """A component without a partner."""
    given = {"name": name, "core_level": "S 2p", "position": "161.5", "partner": False}
    return Component(**(given | changes))


@cache
def example_fit(level="S 2p", species=("PS4", "Li2S")):
    """A live fit of the synthetic example, its spectrum, and the same as it is stored."""
    spectrum = xps.example(level)
    live = xps.fit(spectrum, xps.envelope(level, list(species)), registry=REGISTRY)
    stored = json.loads(json.dumps(live.to_dict())) | {"envelope": 0, "number": 0}
    return live, spectrum, StoredFit.model_validate(stored)

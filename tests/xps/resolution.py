"""Two C 1s lines or one: a replicated factorial design like that of the NIST XPS test data.

Separation x ratio x noise, and a reference spectrum of one line from the same instrument, which
tells width and shape (J. M. Conny, C. J. Powell and L. A. Currie, Surf. Interface Anal. 26 (1998)
939: twenty analysts took up to half of the doublets for singlets). Both lines of a doublet have the
reference's shape within what compounds differ by.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import xarray as xr

import xps
from references.words import Assessment
from xps.lineshape import lineshape
from xps.series_numbers import ASSESSMENTS, KINDS
from xps.standard import TRANSFER_SHAPE, TRANSFER_WIDTH, standards_of

ENERGY = np.arange(280.0, 292.0, 0.05)
SEPARATIONS = 0.4, 0.6, 0.8, 1.2, 2.0
RATIOS = 1.0, 0.5, 0.2
PEAKS = 1e3, 1e4, 1e5, 1e6
REPLICATES = 4
WIDTH, MIX, PLACE = 0.9, 0.25, 284.8


@dataclass(frozen=True)
class Design:
    """Spectra and what is in them: rows of (separation, ratio, counts at the maximum, place)."""

    counts: np.ndarray
    rows: np.ndarray


def spectrum(generator, *, separation, ratio, peak, place):
    """Counts of two lines over a step and a constant; of one where the ratio is zero."""
    shape = lineshape("pseudo_voigt")
    curve = np.zeros_like(ENERGY)
    for size, where in ((1.0, place), (ratio, place + separation)):
        width = WIDTH * (1.0 + TRANSFER_WIDTH * generator.standard_normal())
        mix = MIX + TRANSFER_SHAPE * generator.standard_normal()
        curve += size * shape.density(ENERGY, np.array([[where, width, np.clip(mix, 0, 1)]]))[0]
    curve *= peak / curve.max()
    loss = np.concatenate([[0.0], np.cumsum(0.025 * (curve[1:] + curve[:-1]))])
    return generator.poisson(0.1 * peak + curve + 0.02 * loss).astype(float)


def design(seed=0, *, ratios=RATIOS, repeats=REPLICATES):
    """All spectra of the design, or with ``ratios=(0.0,)`` spectra of one line."""
    generator = np.random.default_rng(seed)
    counts, rows = [], []
    for separation, ratio, peak, _ in product(SEPARATIONS, ratios, PEAKS, range(repeats)):
        place = PLACE + generator.uniform(-0.1, 0.1)
        counts.append(
            spectrum(generator, separation=separation, ratio=ratio, peak=peak, place=place)
        )
        rows.append((separation, ratio, peak, place))
    return Design(counts=np.array(counts), rows=np.array(rows))


def recipe(seed=0):
    """Two components with the shape of the reference spectrum's one line."""
    generator = np.random.default_rng([seed, 1])
    counts = spectrum(generator, separation=0.0, ratio=0.0, peak=1e6, place=PLACE)
    reference = xps.spectrum(ENERGY, counts, dwell_time=1.0, scans=1)
    fit = xps.fit(reference, xps.envelope("C 1s", ["C-C"]))
    (standard,) = standards_of(reference, fit, source="reference", citation="one line")
    (mix,) = [told for told in standard.parameters if told[0] == "mix"]
    shape = {
        "core_level": "C 1s",
        "fwhm": f"{standard.fwhm[0]:.4f} +- {standard.fwhm[1]:.4f}",
        "shape_parameters": {"mix": f"{mix[1]:.4f} +- {mix[2]:.4f}"},
    }
    return xps.Envelope(
        region="C 1s",
        components=(
            xps.Component(name="A", position="284.2 .. 285.4", **shape),
            xps.Component(name="B", position="284.9 .. 287.4", **shape),
        ),
    )


def told_apart(made, envelope):
    """Whether each spectrum is told as two lines, and the places of A and B."""
    series = xps.fit_series(
        xr.DataArray(
            made.counts, dims=("spectrum", "binding_energy"), coords={"binding_energy": ENERGY}
        ),
        envelope,
    )
    kinds = series["fraction_kind"].values
    seen = (kinds != KINDS.index("none")) & (kinds != KINDS.index("upper_limit"))
    converged = series["assessment"].values == ASSESSMENTS.index(Assessment.CONVERGED)
    return converged & seen.all(axis=1), series["position"].values
